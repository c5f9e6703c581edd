// policy/base/huge_pages.h - Memory for tables that are read at random places.
//
// With small pages, finding a page costs as much as reading it. An allocation of 2 MiB or more asks the system for
// large pages; smaller allocations, and systems without large pages, get ordinary memory. Throws std::bad_alloc.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace emailauth {

template <typename T>
struct HugePages {
  using value_type = T;
  static constexpr std::size_t kPage = std::size_t{2} << 20U;  // octets

  HugePages() = default;
  template <typename U>
  explicit HugePages(const HugePages<U>& /*other*/) {}

  T* allocate(std::size_t count) {
    const std::size_t octets = count * sizeof(T);
    void* memory = ::operator new(octets, alignment(octets));
    if (octets >= kPage) madvise(memory, octets, MADV_HUGEPAGE);  // only advice: the memory works without it
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) { ::operator delete(memory, alignment(count * sizeof(T))); }

  friend bool operator==(const HugePages& /*a*/, const HugePages& /*b*/) { return true; }

 private:
  static std::align_val_t alignment(std::size_t octets) {
    return std::align_val_t{octets >= kPage ? kPage : alignof(T)};
  }
};

}  // namespace emailauth
