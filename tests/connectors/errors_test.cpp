#include "connectors/errors.hpp"

#include <array>
#include <catch2/catch.hpp>

namespace miroir::test {

TEST_CASE("a SQLSTATE tells what can still be done", "[errors]") {
  struct Row {
    const char* sqlstate;
    Recovery recovery;
  };
  constexpr std::array table{
      Row{"40001", Recovery::retry},         Row{"40P01", Recovery::retry},
      Row{"55P03", Recovery::retry},         Row{"57014", Recovery::retry},
      Row{"HYT00", Recovery::retry},         Row{"40003", Recovery::in_doubt},
      Row{"08006", Recovery::reconnect},     Row{"08S01", Recovery::reconnect},
      Row{"57P01", Recovery::reconnect},     Row{"57P03", Recovery::reconnect},
      Row{"53300", Recovery::reconnect},     Row{"22001", Recovery::refused},
      Row{"23505", Recovery::refused},       Row{"44000", Recovery::refused},
      Row{"P0001", Recovery::refused},       Row{"45000", Recovery::refused},
      Row{"54000", Recovery::refused},       Row{"21000", Recovery::refused},
      Row{"P0002", Recovery::refused},       Row{"P0004", Recovery::refused},
      Row{"45001", Recovery::refused},       Row{"SH001", Recovery::refused},
      Row{"42501", Recovery::misconfigured}, Row{"HY000", Recovery::misconfigured},
      Row{"IM002", Recovery::misconfigured}, Row{"XX001", Recovery::misconfigured},
      Row{"0A000", Recovery::misconfigured}, Row{"S1000", Recovery::misconfigured},
      Row{"42P01", Recovery::misconfigured}, Row{"28P01", Recovery::misconfigured},
      Row{"53100", Recovery::misconfigured}, Row{"", Recovery::misconfigured},
      Row{"57P04", Recovery::misconfigured}, Row{"55006", Recovery::misconfigured},
  };
  for (const Row& row : table) {
    INFO(row.sqlstate);
    CHECK(name_of(recovery_of(row.sqlstate)) == name_of(row.recovery));
  }
}

}  // namespace miroir::test
