// What all requests share: the configuration, the two languages, who tries to sign in, the cycles.
#pragma once

#include "mirror/cli/verbs.hpp"
#include "mirror/status/context_now.hpp"
#include "mirror/status/cycle_runner.hpp"
#include "mirror/status/head_texts.hpp"
#include "mirror/status/pulse.hpp"
#include "mirror/status/sign_in_limit.hpp"
#include "mirror/status/speech.hpp"
#include "mirror/status/strips.hpp"
#include "mirror/status/task_runner.hpp"

namespace miroir {

// Made once, before the first request, and outlives the last. Its members see to threads
// themselves.
struct Service {
  explicit Service(const Context& started);

  const Config configured;  // As it was started with.
  ContextNow context_now;
  const Speech english, french;
  SignInLimit sign_ins;
  CycleRunner runner;
  TaskRunner tasks;
  Pulse pulse;
  Strips strips;
  HeadTexts texts;

  const ServeConfig& config() const { return configured.serve; }
  const Speech& speech(const std::string& language) const {
    return language == "fr" ? french : english;
  }
  bool behind_tls() const { return !config().address.empty(); }
};

}  // namespace miroir
