// What is fed with bytes: every reader of what people write, what databases answer, what the store
// has kept and what browsers send. A target aborts where a promise is broken; that it refuses is
// no mistake.
#pragma once

#include <array>
#include <string_view>

namespace miroir::fuzz {

void feed_config(std::string_view bytes);
void feed_mapping(std::string_view bytes);
void feed_decimal(std::string_view bytes);
void feed_times(std::string_view bytes);
void feed_text(std::string_view bytes);
void feed_lens(std::string_view bytes);
void feed_row(std::string_view bytes);
void feed_key(std::string_view bytes);
void feed_batch(std::string_view bytes);
void feed_catalog(std::string_view bytes);
void feed_values(std::string_view bytes);
void feed_connection(std::string_view bytes);
void feed_http(std::string_view bytes);
void feed_journal(std::string_view bytes);
void feed_outcome(std::string_view bytes);
void feed_grants(std::string_view bytes);
void feed_message(std::string_view bytes);
void feed_request(std::string_view bytes);
void feed_columns(std::string_view bytes);
void feed_api(std::string_view bytes);
void feed_typed(std::string_view bytes);

struct Target {
  std::string_view name;  // Of the folder of its seeds, too.
  void (*feed)(std::string_view bytes);
};
inline constexpr std::array targets{
    Target{"config", feed_config},   Target{"mapping", feed_mapping},
    Target{"decimal", feed_decimal}, Target{"times", feed_times},
    Target{"text", feed_text},       Target{"lens", feed_lens},
    Target{"row", feed_row},         Target{"key", feed_key},
    Target{"batch", feed_batch},     Target{"catalog", feed_catalog},
    Target{"values", feed_values},   Target{"connection", feed_connection},
    Target{"http", feed_http},       Target{"journal", feed_journal},
    Target{"outcome", feed_outcome}, Target{"grants", feed_grants},
    Target{"message", feed_message}, Target{"request", feed_request},
    Target{"columns", feed_columns}, Target{"api", feed_api},
    Target{"typed", feed_typed},
};

}  // namespace miroir::fuzz
