// backend/key_store.h - DNSSEC keys and zone metadata, in one SQLite file.
//
// Owns the connection and its statements. Knows nothing about PowerDNS: zones are names in lower case without a final
// dot. One instance per backend instance, for one thread at a time; any number of instances and programs share the
// file. Opens the file when it is first needed, and creates it at the first write.
//
// Every method throws sqlite::Failure if it cannot do what it says. If the file cannot be read, a zone that was seen
// unsigned reads as unsigned, without metadata; every other zone fails.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/key_file.h"
#include "backend/key_memory.h"

namespace emailauth::pdns {

struct StoredKey {
  std::int64_t id = 0;      // assigned by the store
  std::uint32_t flags = 0;  // of the DNSKEY: 256 or 257
  bool active = false;
  bool published = true;
  std::string content;  // the private key, in ISC form
};

// The values of each kind, in the order in which they were set.
using Metadata = std::map<std::string, std::vector<std::string>>;

class KeyStore {
 public:
  using Warn = std::function<void(const std::string&)>;

  // Touches no file. `warn` receives log lines; repeats are suppressed for a minute.
  KeyStore(std::string path, Warn warn);
  ~KeyStore();

  // Returns false if the operator has set no path, which means no DNSSEC.
  bool is_on() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  std::vector<StoredKey> keys(const std::string& zone);
  Metadata metadata(const std::string& zone);
  // Returns the zones with keys, in no particular order.
  std::vector<std::string> signed_zones();

  // Returns the key's id.
  std::int64_t add_key(const std::string& zone, const StoredKey& key);
  // These return false if the zone has no key with this id.
  bool remove_key(const std::string& zone, std::int64_t id);
  bool set_active(const std::string& zone, std::int64_t id, bool active);
  bool set_published(const std::string& zone, std::int64_t id, bool published);
  // Empty `values` delete the metadata kind.
  void set_metadata(const std::string& zone, const std::string& kind, const std::vector<std::string>& values);

  // All writes between begin() and commit() take effect together or not at all. begin() touches no file; the first
  // write does. A failure ends the transaction and undoes it.
  void begin();
  void commit();
  void abort();

 private:
  struct Connection;

  template <typename F>
  auto reading(const std::string& zone, F&& body) -> decltype(body(std::declval<Connection&>()));
  template <typename F>
  auto writing(F&& body) -> decltype(body(std::declval<Connection&>()));
  Connection* connect();
  void open(const FileVersion& version);
  void list_signed_zones(Connection& connection);
  void log(const std::string& text);
  bool change_key(const char* sql, const std::string& zone, std::int64_t id);

  std::string path_;
  Warn warn_;
  std::shared_ptr<KeyMemory> memory_;
  std::unique_ptr<Connection> connection_;
  bool in_transaction_ = false;
};

}  // namespace emailauth::pdns
