// The two files that people write, and the connection texts in one of them.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "connectors/errors.hpp"
#include "connectors/odbc/connection_string.hpp"
#include "connectors/postgres/postgres_conninfo.hpp"
#include "mirror/cli/catalog_text.hpp"
#include "mirror/cli/config.hpp"
#include "mirror/cli/connection_text.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/schema/mapping_samples.hpp"

namespace miroir::fuzz {
namespace {

namespace fs = std::filesystem;

// A folder of this process's own, with a mapping in it, that goes with the process.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "miroir-fuzz.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot make " + name};
    path_ = name;
    write("mapping.json", testing::sample_mapping);
    write("password", "geheim");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path write(const char* name, std::string_view text) const {
    std::ofstream out{path_ / name, std::ios::binary};
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    return path_ / name;
  }

 private:
  fs::path path_;
};

void require_told(const std::vector<Mistake>& mistakes) {
  require(!mistakes.empty(), "what is refused has a mistake");
  for (const Mistake& mistake : mistakes)
    require(!mistake.wrong.empty() && !to_string(mistake).empty(), "a mistake says what is wrong");
}

}  // namespace

void feed_config(std::string_view bytes) {
  static const Folder folder;
  try {
    read_setting(folder.write("miroir.json", bytes), Login::installer);
  } catch (const ConfigError& refused) {
    require_told(refused.mistakes());
  }
}

void feed_mapping(std::string_view bytes) {
  const Checked<Mapping> read = read_mapping(bytes, "mapping.json");
  if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&read))
    return require_told(*mistakes);
  const Mapping& mapping = std::get<Mapping>(read);
  require(!mapping.sites[0].empty() && !mapping.entities.empty(), "a mapping mirrors something");
}

void feed_catalog(std::string_view bytes) {
  const auto tables = catalog_from_text(std::string{bytes});
  if (!tables) return;
  const std::string text = catalog_to_text(*tables);
  const auto again = catalog_from_text(text);
  require(again && catalog_to_text(*again) == text, "a catalogue is what it is written as");
}

void feed_connection(std::string_view bytes) {
  try {
    const ConnectionOptions options = parse_connection_string(bytes);
    require(parse_connection_string(to_connection_string(options)) == options,
            "a connection string means the same when it is written again");
  } catch (const std::invalid_argument&) {
    // Refused, with the place.
  }
  if (bytes.find('\0') != std::string_view::npos) return;  // Configurations hold none.
  try {
    postgres::make_conninfo(std::string{bytes}, SessionLimits{}, "miroir/fuzz");
  } catch (const DbError& refused) {
    require(refused.recovery() == Recovery::misconfigured, "a bad text is a mistake of a person's");
  }
}

}  // namespace miroir::fuzz
