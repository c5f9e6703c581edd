#include "policy/cli/https_fetch.h"

#include <curl/curl.h>

#include <memory>

#include "policy/diagnostic.h"

namespace emailauth::cli {

namespace {

struct Body {
  std::string text;
  std::size_t largest = 0;
  bool too_large = false;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* target) {
  Body& body = *static_cast<Body*>(target);
  const std::size_t octets = size * count;
  body.too_large = octets > body.largest - body.text.size();
  if (body.too_large) return 0;
  body.text.append(data, octets);
  return octets;
}

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

}  // namespace

Result<std::string> fetch_https(const std::string& uri, const FetchOptions& options) {
  const std::unique_ptr<CURL, Cleanup> handle(curl_easy_init());
  if (!handle) return Error{in_quotes(uri) + " cannot be fetched: libcurl does not start"};
  CURL* curl = handle.get();
  Body body{"", options.largest, false};
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, uri.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 3L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.time.count()));
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, static_cast<long>(options.largest));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "emailauth");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (!options.roots.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.roots.c_str());
  const CURLcode done = curl_easy_perform(curl);
  if (body.too_large || done == CURLE_FILESIZE_EXCEEDED) {
    return Error{in_quotes(uri) + " is larger than " + std::to_string(options.largest) + " octets"};
  }
  if (done != CURLE_OK) {
    const std::string why = *reason != '\0' ? reason : curl_easy_strerror(done);
    return Error{in_quotes(uri) + " cannot be fetched: " + printable(why)};
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Error{in_quotes(uri) + " cannot be fetched: the server answers " + std::to_string(status)};
  return std::move(body.text);
}

}  // namespace emailauth::cli
