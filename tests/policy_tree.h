// tests/policy_tree.h - A policy directory that lives as long as a test.
//
// Owns a fresh directory below the system's directory for temporary files, and the files that a
// test writes into it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "policy/directory/policy_directory.h"

namespace emailauth::tests {

class PolicyTree {
 public:
  PolicyTree() {
    std::string name = (std::filesystem::temp_directory_path() / "emailauth-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~PolicyTree() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PolicyTree(const PolicyTree&) = delete;
  PolicyTree& operator=(const PolicyTree&) = delete;

  // Writes a file, and the folders above it, in place.
  void write(const std::string& relative, std::string_view text) const {
    const std::filesystem::path file = path_ / relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace emailauth::tests
