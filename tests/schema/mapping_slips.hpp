// Slips of the pen in the sample mapping, and what must be said about each.
#pragma once

#include <string>
#include <vector>

#include "mapping_samples.hpp"
#include "schema/mapping_file.hpp"

namespace miroir::testing {

std::vector<Mistake> mistakes_in(const std::string& text);

// One change to the sample, and the one mistake that it makes.
struct Slip {
  const char* from;
  const char* to;
  const char* pointer;
  const char* wrong;  // Parts of what is said.
  const char* right;
};

// Fails the test unless exactly that mistake is found.
void check_slip(const Slip& slip);

}  // namespace miroir::testing
