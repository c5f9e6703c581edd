// tests/unit/table_dns.h - A Dns that answers from a table of records.
//
//   "example.com TXT v=spf1 -all\nwww.example.com CNAME example.com\nslow.example TIMEOUT\n"
//
// MX data is the exchange alone, in order of preference. SERVFAIL, TIMEOUT, BOGUS
// and SECURE apply to every type of their name.
#pragma once

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/check/check.h"

namespace emailauth::tests {

class TableDns : public Dns {
 public:
  explicit TableDns(const std::string& lines) {
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) add(line);
  }

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override {
    const auto known = answers_.find(question);
    return known != answers_.end() ? known->second : answers_.emplace(question, answer(question)).first->second;
  }

 private:
  using Node = std::map<std::string, std::vector<std::string>>;  // by type

  void add(const std::string& line) {
    std::istringstream in(line);
    std::string owner;
    std::string type;
    std::string data;
    in >> owner >> type >> std::ws;
    std::getline(in, data);
    if (owner.empty()) return;
    Name name = *Name::parse(owner);
    nodes_[name][type].push_back(data);
    for (; !name.is_root(); name = name.parent()) nodes_[name];
  }

  DnsAnswer answer(const DnsQuestion& question) {
    DnsAnswer found;
    found.owner = question.name;
    const std::string type = std::string(to_text(question.type));
    const bool follows = type != "NS" && type != "CNAME" && type != "DS";
    for (int hops = 0; hops < 8; ++hops) {
      const auto node = nodes_.find(found.owner);
      if (node == nodes_.end()) {
        found.status = DnsStatus::nxdomain;
        return found;
      }
      read(node->second, type, found);
      const auto cname = node->second.find("CNAME");
      if (!follows || !found.empty() || found.failed() || cname == node->second.end()) return found;
      found.owner = *Name::parse(cname->second.front());
    }
    found.status = DnsStatus::servfail;
    return found;
  }

  static void read(const Node& node, const std::string& type, DnsAnswer& found) {
    if (node.contains("SECURE")) found.validation = Validation::secure;
    if (node.contains("INSECURE")) found.validation = Validation::insecure;
    if (node.contains("BOGUS")) found.validation = Validation::bogus;
    if (node.contains("SERVFAIL") || node.contains("BOGUS")) found.status = DnsStatus::servfail;
    if (node.contains("TIMEOUT")) found.status = DnsStatus::timeout;
    if (found.failed() || !node.contains(type)) return;
    for (const std::string& data : node.at(type)) {
      if (type == "TXT" || type == "SPF" || type == "DS")
        found.texts.push_back(data);
      else if (type == "A" || type == "AAAA")
        found.addresses.push_back(*IpAddress::parse(data));
      else
        found.names.push_back(data == "." ? Name() : *Name::parse(data));
    }
  }

  std::map<Name, Node> nodes_;
  std::map<DnsQuestion, DnsAnswer> answers_;
};

// "spf-missing dmarc-missing": the findings, in order.
inline std::string names_of(const check::Findings& findings) {
  std::string out;
  for (const check::Finding& finding : findings.all())
    out += (out.empty() ? "" : " ") + std::string(finding.kind->name);
  return out;
}

}  // namespace emailauth::tests
