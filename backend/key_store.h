// backend/key_store.h - DNSSEC keys and zone metadata, in one SQLite file.
//
// Owns the connection and its statements. Knows nothing of PowerDNS: zones are
// names in lower case without a final dot. One a backend instance, for one
// thread at a time; any number of instances and programs share the file. It is
// opened when first needed and made when first written.
//
// Every method throws sqlite::Failure when it cannot do what it says. When the
// file cannot be read, a zone that was seen unsigned reads as unsigned, without
// metadata; every other zone fails.
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
  std::int64_t id = 0;      // given by the store
  std::uint32_t flags = 0;  // of the DNSKEY: 256 or 257
  bool active = false;
  bool published = true;
  std::string content;  // the private key, in ISC form
};

// The values of a kind, in the order they were set.
using Metadata = std::map<std::string, std::vector<std::string>>;

class KeyStore {
 public:
  using Warn = std::function<void(const std::string&)>;

  // Touches nothing. `warn` gets what the log should say, not twice a minute.
  KeyStore(std::string path, Warn warn);
  ~KeyStore();

  // False when the operator has no path set, which means no DNSSEC.
  bool is_on() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  std::vector<StoredKey> keys(const std::string& zone);
  Metadata metadata(const std::string& zone);
  // Zones with keys, in no particular order.
  std::vector<std::string> signed_zones();

  // The key's id.
  std::int64_t add_key(const std::string& zone, const StoredKey& key);
  // These are false when the zone has no key with this id.
  bool remove_key(const std::string& zone, std::int64_t id);
  bool set_active(const std::string& zone, std::int64_t id, bool active);
  bool set_published(const std::string& zone, std::int64_t id, bool published);
  // No values: forgets the kind.
  void set_metadata(const std::string& zone, const std::string& kind, const std::vector<std::string>& values);

  // Between begin() and commit() all that is written becomes true at once, or
  // not at all. begin() touches nothing: the first write does. A failure ends
  // the transaction and undoes it.
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
