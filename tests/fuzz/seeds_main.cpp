// Feeds a target with the files of a folder, without libFuzzer: what was found once stays found.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/targets.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds TARGET FOLDER\n");
    return 2;
  }
  int fed = 0;
  for (const miroir::fuzz::Target& target : miroir::fuzz::targets) {
    if (target.name != argv[1]) continue;
    target.feed({});
    for (const auto& file : std::filesystem::directory_iterator{argv[2]}) {
      std::printf("%s\n", file.path().c_str());
      std::fflush(stdout);  // The last one is the one that a crash is about.
      std::ifstream in{file.path(), std::ios::binary};
      target.feed(std::string{std::istreambuf_iterator<char>{in}, {}});
      ++fed;
    }
  }
  if (fed == 0) std::fprintf(stderr, "no seed of %s in %s\n", argv[1], argv[2]);
  return fed == 0 ? 1 : 0;
}
