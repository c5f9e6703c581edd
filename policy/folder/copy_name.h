// policy/folder/copy_name.h - File names that people and programs give to copies of policy files.
//
// Knows nothing about the files' content, or whether they exist.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Returns the path of the file that `path` is a copy of by its name; "" if the name is not that of a copy. The result
// for a copy of a copy is that copy, so call again with the result.
//
//   original_of("domains/bank.json.bak.json") == "domains/bank.json"
//   original_of("domains/copy of bank.json")  == "domains/bank.json"
//   original_of("domains/bank (2).json")      == "domains/bank.json"
//   original_of("domains/backup/bank.json")   == "domains/bank.json"
std::string original_of(std::string_view path);

}  // namespace emailauth
