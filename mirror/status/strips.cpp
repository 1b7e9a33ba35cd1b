#include "mirror/status/strips.hpp"

namespace miroir {

// Who comes while it is made waits for it, instead of making it as well.
nlohmann::json Strips::get(const std::string& language, std::uint64_t pulse,
                           const std::function<nlohmann::json()>& make) {
  const std::scoped_lock lock{mutex_};
  Made& made = made_[language];
  if (made.pulse != pulse || made.strip.is_null()) made = {pulse, make()};
  return made.strip;
}

}  // namespace miroir
