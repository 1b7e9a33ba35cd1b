// The context as the files have it now. The mapping may be edited, and the change confirmed, while
// the page is there: cycles go by the file as it is, and so does what the page says. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "mirror/cli/verbs.hpp"

namespace miroir {

class ContextNow {
 public:
  explicit ContextNow(const Context& started);

  struct Known {
    Context context;          // As started, with the mapping, and what is hidden besides, as now.
    std::string mistake{};    // Why the files cannot be read, so that cycles end at once.
    std::size_t reading = 0;  // A number that is another one after each reading.
  };
  // Looks at the files' times; reads them again when they are others. What cannot be read leaves
  // what was known before. Does not throw.
  std::shared_ptr<const Known> get();

 private:
  void read(Known& known) const;

  const Context started_;
  std::mutex mutex_;
  std::shared_ptr<const Known> known_;  // Guarded by mutex_, as stamp_.
  std::string stamp_;                   // Of the files that were read last; "": none yet.
};

}  // namespace miroir
