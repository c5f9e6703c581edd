// Keys and metadata: what PowerDNS and pdnsutil keep about a zone.
//
// Returns false for every zone that is not ours: PowerDNS then calls another backend.
#include "backend/backend.h"
#include "backend/convert.h"
#include "backend/guarded.h"

namespace emailauth::pdns {

namespace {

// Names here are endless: only NSEC3 made for each question can deny them.
constexpr char kNsec3Param[] = "1 0 0 -";
constexpr char kNarrow[] = "1";

// "<hash>.<zone>" must be a name (RFC 5155, 3): 255 octets less 33.
constexpr std::size_t kMaxSignedZone = 222;

// Kinds that decide how a zone is signed, and cannot be set here.
bool is_kind(const std::string& kind, std::string_view wanted) { return equals_ignoring_case(kind, wanted); }
bool is_nsec3(const std::string& kind) { return is_kind(kind, "NSEC3PARAM") || is_kind(kind, "NSEC3NARROW"); }

Metadata with_narrow_nsec3(Metadata metadata) {
  std::erase_if(metadata, [](const auto& entry) { return is_nsec3(entry.first) || is_kind(entry.first, "PRESIGNED"); });
  metadata["NSEC3PARAM"] = {kNsec3Param};
  metadata["NSEC3NARROW"] = {kNarrow};
  return metadata;
}

}  // namespace

// Called in the middle of questions: must not change which generation they see.
std::optional<std::string> Backend::key_zone(const Zone& zone) const {
  if (!service_->responder()->zone_at(to_name(as_name(zone)))) return std::nullopt;
  return as_name(zone).makeLowerCase().toStringRootDot();
}

Metadata Backend::metadata_of(const std::string& zone) {
  if (!keys_->is_on()) return {};
  return with_narrow_nsec3(keys_->metadata(zone));
}

// Called for every answer. Answers without signatures continue if the database cannot be read (the log says so): the
// keys decide about signing, and these must not be guessed.
bool Backend::getAllDomainMetadata(const Zone& name, std::map<std::string, std::vector<std::string>>& meta) {
  return guarded("metadata", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    try {
      meta = metadata_of(*zone);
    } catch (const sqlite::Failure&) {
      if (!in_server_) throw;
      meta = with_narrow_nsec3({});
    }
    return true;
  });
}

bool Backend::getDomainMetadata(const Zone& name, const std::string& kind, std::vector<std::string>& meta) {
  return guarded("metadata", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    meta.clear();
    for (auto& [stored, values] : metadata_of(*zone)) {
      if (is_kind(stored, kind)) meta = values;
    }
    return true;
  });
}

bool Backend::setDomainMetadata(const Zone& name, const std::string& kind, const std::vector<std::string>& meta) {
  return guarded("metadata", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    if (is_nsec3(kind)) return set_nsec3(*zone, kind, meta);
    if (is_kind(kind, "PRESIGNED")) {
      return meta.empty() ||
             refuse_setting(*zone + ": PRESIGNED cannot be set: the answers are signed as they are made");
    }
    if (!keys_->is_on()) return refuse_setting(no_key_store(*zone));
    keys_->set_metadata(*zone, kind, meta);
    return true;
  });
}

// Narrow NSEC3 is always on, so agreeing stores nothing. The request to unset it comes with the removal of the last
// key, and from the API also when it adds the first one.
bool Backend::set_nsec3(const std::string& zone, const std::string& kind, const std::vector<std::string>& meta) {
  const std::string wanted = is_kind(kind, "NSEC3PARAM") ? kNsec3Param : kNarrow;
  if (meta.empty() ? secured_here_ == zone || !keys_->is_on() || keys_->keys(zone).empty()
                   : meta == std::vector<std::string>{wanted}) {
    return true;
  }
  return refuse_setting(
      zone +
      ": names here are endless: only narrow NSEC3 with \"1 0 0 -\" can deny them, and it is always on; "
      "nothing was changed");
}

bool Backend::getDomainKeys(const Zone& name, std::vector<KeyData>& keys) {
  return guarded("keys", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    if (!keys_->is_on()) return true;
    for (StoredKey& stored : keys_->keys(*zone)) {
      KeyData key;
      key.id = static_cast<unsigned int>(stored.id);
      key.flags = stored.flags;
      key.active = stored.active;
      key.published = stored.published;
      key.content = std::move(stored.content);
      keys.push_back(std::move(key));
    }
    return true;
  });
}

bool Backend::addDomainKey(const Zone& name, const KeyData& key, int64_t& id) {
  return guarded("keys", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    if (!keys_->is_on()) return refuse_setting(no_key_store(*zone));
    if (as_name(name).wirelength() > kMaxSignedZone) {
      return refuse_setting(*zone + ": the name is too long to be signed with NSEC3: it has " +
                            std::to_string(as_name(name).wirelength()) + " octets, and at most 222 are possible");
    }
    id = keys_->add_key(*zone, {0, key.flags, key.active, key.published, key.content});
    secured_here_ = *zone;
    return true;
  });
}

// Passes the zone to `change`, which returns whether the zone has that key.
template <typename F>
bool Backend::change_key(const Zone& name, unsigned int id, F&& change) {
  return guarded("keys", [&] {
    const std::optional<std::string> zone = key_zone(name);
    if (!zone) return false;
    if (!keys_->is_on()) return refuse_setting(no_key_store(*zone));
    return change(*zone) || refuse_setting(*zone + ": there is no key with id " + std::to_string(id));
  });
}

bool Backend::removeDomainKey(const Zone& name, unsigned int id) {
  return change_key(name, id, [&](const std::string& zone) { return keys_->remove_key(zone, id); });
}

bool Backend::activateDomainKey(const Zone& name, unsigned int id) {
  return change_key(name, id, [&](const std::string& zone) { return keys_->set_active(zone, id, true); });
}

bool Backend::deactivateDomainKey(const Zone& name, unsigned int id) {
  return change_key(name, id, [&](const std::string& zone) { return keys_->set_active(zone, id, false); });
}

bool Backend::publishDomainKey(const Zone& name, unsigned int id) {
  return change_key(name, id, [&](const std::string& zone) { return keys_->set_published(zone, id, true); });
}

bool Backend::unpublishDomainKey(const Zone& name, unsigned int id) {
  return change_key(name, id, [&](const std::string& zone) { return keys_->set_published(zone, id, false); });
}

std::string Backend::no_key_store(const std::string& zone) {
  return zone + ": no place is configured for keys and metadata; set " + getPrefix() + "-dnssec-db to a path";
}

// The backends after us claim to have stored anything. So if there are any, "no" must be an exception; if there are
// none, false is enough, and reads better in the API.
bool Backend::refuse_setting(const std::string& why) {
  if (in_server_ && launch_.after.empty()) {
    g_log << Logger::Error << "[emailauth] " << why << endl;
    return false;
  }
  throw DBException("[emailauth] " + why);
}

}  // namespace emailauth::pdns
