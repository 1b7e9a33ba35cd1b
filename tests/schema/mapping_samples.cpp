#include "mapping_samples.hpp"

#include <stdexcept>

namespace miroir::testing {

std::string sample_with(const std::string& from, const std::string& to) {
  std::string text = sample_mapping;
  const std::size_t place = text.find(from);
  if (place == std::string::npos) throw std::logic_error{"not in the sample: " + from};
  if (text.find(from, place + 1) != std::string::npos) {
    throw std::logic_error{"more than once in the sample: " + from};
  }
  return text.replace(place, from.size(), to);
}

}  // namespace miroir::testing
