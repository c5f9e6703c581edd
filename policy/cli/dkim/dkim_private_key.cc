#include "policy/cli/dkim/dkim_private_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "policy/base/base64.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/terminal/no_pass_phrase.h"

namespace emailauth::cli {

namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

constexpr char kNoMemory[] = "OpenSSL has no memory left";

std::string view_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Result<DkimPublicKey> public_half(EVP_PKEY* key) {
  DkimPublicKey out;
  if (EVP_PKEY_is_a(key, "ED25519") == 1) {
    std::array<unsigned char, 32> raw{};
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1) return Error{"the ed25519 key cannot be read"};
    out.type = DkimKeyType::ed25519;
    out.base64 = to_base64({reinterpret_cast<const char*>(raw.data()), size});
  } else if (EVP_PKEY_is_a(key, "RSA") == 1) {
    const Bio der(BIO_new(BIO_s_mem()));
    if (!der || i2d_PUBKEY_bio(der.get(), key) != 1) return Error{kNoMemory};
    out.base64 = to_base64(view_of(der.get()));
  } else {
    return Error{"this key is neither RSA nor ed25519; DKIM has no others"};
  }
  const Result<int> bits = published_key_bits(out.type, out.base64);
  if (!bits) return bits.error();
  out.bits = *bits;
  return out;
}

}  // namespace

void DkimPrivateKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<DkimPrivateKey> DkimPrivateKey::generate(DkimKeyType type, int bits) {
  DkimPrivateKey out;
  out.key_.reset(type == DkimKeyType::rsa ? EVP_RSA_gen(static_cast<unsigned>(bits))
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!out.key_) return Error{"OpenSSL could not create a key; is there enough entropy and memory?"};
  Result<DkimPublicKey> half = public_half(out.key_.get());
  if (!half) return half.error();
  out.public_ = std::move(*half);
  return out;
}

Result<bool> DkimPrivateKey::write(int fd, const std::string& where) const {
  const Bio pem(BIO_new(BIO_s_secmem()));  // overwritten when it is freed
  if (!pem) return Error{kNoMemory};
  const int written =
      public_.type == DkimKeyType::rsa
          ? PEM_write_bio_PrivateKey_traditional(pem.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr)
          : PEM_write_bio_PKCS8PrivateKey(pem.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  if (written != 1) return Error{kNoMemory};
  char* data = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &data);
  for (long at = 0; at < size;) {
    const ssize_t put = ::write(fd, data + at, static_cast<std::size_t>(size - at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Error{where + ": the private key cannot be written: " + std::strerror(errno)};
    at += put;
  }
  return true;
}

Result<bool> DkimPrivateKey::write_file(const FilePlace& place) const {
  const int folder = place.folder.descriptor();
  const char* name = place.name.c_str();
  Descriptor file(openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto failed = [&](const char* advice) {
    return Error{place.path() + ": the private key cannot be written: " + std::strerror(errno) + advice};
  };
  if (!file.is_open()) {
    if (errno == EEXIST)
      return Error{place.path() + ": already exists; a private key is never overwritten: name another file"};
    return failed("; name another place");
  }
  Result<bool> written = write(file.get(), place.path());
  if (written && fsync(file.get()) != 0) written = failed("");
  if (close(file.release()) != 0 && written) written = failed("");
  if (!written) unlinkat(folder, name, 0);
  return written;
}

Result<bool> DkimPrivateKey::write_output() const { return write(STDOUT_FILENO, "standard output"); }

Result<SecretText> SecretText::read(const std::string& path) {
  constexpr std::size_t kMost = 65536;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{path + ": cannot be read: " + std::strerror(errno)};
  SecretText out;
  out.octets_.resize(kMost + 1);
  ssize_t got = 1;
  while (got != 0 && out.size_ <= kMost) {
    got = ::read(fd, out.octets_.data() + out.size_, out.octets_.size() - out.size_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    out.size_ += static_cast<std::size_t>(got);
  }
  const int reason = errno;
  close(fd);
  if (got < 0) return Error{path + ": cannot be read: " + std::strerror(reason)};
  if (out.size_ > kMost) return Error{path + ": is larger than 64 KiB; this is not a key"};
  return out;
}

SecretText::~SecretText() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

Result<DkimPublicKey> parse_pem_key(std::string_view pem) {
  const bool is_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) return Error{kNoMemory};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      is_private ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_pass_phrase, nullptr)
                 : PEM_read_bio_PUBKEY(in.get(), nullptr, no_pass_phrase, nullptr),
      EVP_PKEY_free);
  if (!key) {
    const bool locked = pem.find("ENCRYPTED") != std::string_view::npos;
    ERR_clear_error();
    if (locked) return Error{"the key has a password; remove it with \"openssl pkey\", or name the public key"};
    return Error{
        "this is not a PEM key that OpenSSL can read; name a file with \"BEGIN PRIVATE KEY\" or \"BEGIN PUBLIC KEY\""};
  }
  Result<DkimPublicKey> out = public_half(key.get());
  if (out) out->from_private = is_private;
  return out;
}

}  // namespace emailauth::cli
