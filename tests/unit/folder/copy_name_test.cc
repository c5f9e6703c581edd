#include "policy/folder/copy_name.h"

#include <doctest/doctest.h>

using namespace emailauth;

TEST_CASE("original_of: names of copies, and what they are copies of") {
  struct Case {
    const char* copy;
    const char* original;
  };
  constexpr Case kCases[] = {
      {"domains/bank.json.bak.json", "domains/bank.json"},
      {"domains/bank.json.2026-11-22.json", "domains/bank.json"},
      {"domains/bulk.jsonl.old.jsonl", "domains/bulk.jsonl"},
      {"domains/bulk.jsonl.json", "domains/bulk.jsonl"},
      {"domains/copy of bank.json", "domains/bank.json"},
      {"domains/Copy of bank.json", "domains/bank.json"},
      {"domains/copy of copy of bank.json", "domains/copy of bank.json"},
      {"domains/bank copy.json", "domains/bank.json"},
      {"domains/bank copy 2.json", "domains/bank copy.json"},
      {"domains/bank - Copy.json", "domains/bank.json"},
      {"domains/bank - Copy (2).json", "domains/bank - Copy.json"},
      {"domains/bank (copy).json", "domains/bank.json"},
      {"domains/bank (copy 2).json", "domains/bank (copy).json"},
      {"domains/bank (2).json", "domains/bank.json"},
      {"domains/bank(2).json", "domains/bank.json"},
      {"domains/bank.bak.json", "domains/bank.json"},
      {"domains/example.com.orig.json", "domains/example.com.json"},
      {"domains/bank~.json", "domains/bank.json"},
      {"domains/backup/bank.json", "domains/bank.json"},
      {"domains/team/Old/bank.json", "domains/team/bank.json"},
      {"senders/mailer.bak.json", "senders/mailer.json"},
      // Names that are not those of copies.
      {"domains/bank.json", ""},
      {"domains/bank-old.json", ""},
      {"domains/bank2.json", ""},
      {"domains/bank 2.json", ""},
      {"domains/2.json", ""},
      {"domains/(2).json", ""},
      {"domains/1.2.example.json", ""},
      {"domains/.json.json", ""},
      {"domains/team/bank.json", ""},
      {"domains/backups.example.json", ""},
      {"domains/scopy.json", ""},
      {"domains/.bak.json", ""},
      {"bank.json", ""},
      {"", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.copy);
    CHECK(original_of(c.copy) == c.original);
  }
}
