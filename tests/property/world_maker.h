// tests/property/world_maker.h - Random worlds that the loader accepts.
#pragma once

#include "tests/property/dice.h"
#include "tests/property/world.h"

namespace emailauth::property {

struct MadeWorld {
  World world;
  std::size_t offered = 0;  // templates offered to the loader; those it refused are not in the world
};

// Domains whose labels look like addresses, like literals of templates and like each other; networks of both
// families; vendors; several templates in one view or in views below each other.
MadeWorld make_world(Dice& dice);

// A random address in one of the networks, often near its start or one that consists of single digits.
IpAddress address_in(Dice& dice, const std::string& network);

}  // namespace emailauth::property
