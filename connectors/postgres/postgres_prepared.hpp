// Statements that a session runs again and again: from the third time on a name crosses the line
// instead of the text. Pure: it makes texts, and sends none.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace miroir::postgres {

// One for each session and thread. What call() has given must have been run before it is called for
// the next transaction: then succeeded() or forget() is told.
class PreparedTexts {
 public:
  // What to send for a statement without parameters: the same, or what prepares it, or its name.
  // Commands and several statements in one text stay as they are. At most 200 are kept: first those
  // that have a name, then the latest of the others.
  std::string call(const std::string& text);
  // All that call() has given since the last time was run.
  void succeeded();
  // The session has none any more (DEALLOCATE ALL, or another connection).
  void forget();

 private:
  std::map<std::string, std::string> names_;  // By text; "": it was run once, and has none yet.
  std::vector<std::string> new_;  // Called for the first time, and not known to have run.
  unsigned long last_ = 0;        // No name is given twice.
};

}  // namespace miroir::postgres
