// policy/publish/publication_steps.h - The order in which a publication is safe.
//
// No step stops anything that is in use, and each step can be taken back within minutes. Knows nothing about how steps
// are printed.
#pragma once

#include <string>
#include <vector>

#include "policy/publish/publication_state.h"

namespace emailauth {

// Seconds: the TTL of what is published, and the TTL of what is about to be replaced.
inline constexpr std::uint32_t kPublishedTtl = 3600;
inline constexpr std::uint32_t kLoweredTtl = 300;

// The parts of a step are done in the order of its members.
struct PublicationStep {
  std::string heading;             // what to do, one line
  std::vector<std::string> notes;  // one line each
  std::vector<FoundRrset> lower;   // publish unchanged, with kLoweredTtl
  std::vector<const PublishedRrset*> publish;
  std::vector<Name> sign;  // zones of ours that need a DS record if the owner's is signed
};

// Returns all steps or, with `state`, those that are left. Pointers are those of `wanted`.
std::vector<PublicationStep> steps_of(const Publication& wanted, const PublicationState* state);

}  // namespace emailauth
