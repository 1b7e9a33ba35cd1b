#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

// Aggregates are ordered as wholes, under their root's name: what a part refers to stands before
// its root.
class Order {
 public:
  Order(const MappingDraft& draft, Mistakes& mistakes) : draft_{draft}, mistakes_{mistakes} {}

  std::vector<std::size_t> run() {
    for (const EntityDraft& entity : draft_.entities) {
      if (!entity.part_of) visit(entity.name);
    }
    return std::move(order_);
  }

 private:
  enum class State : std::uint8_t { unseen, open, done };

  const std::string& root_of(const EntityDraft& entity) const {
    return entity.part_of ? *entity.part_of : entity.name;
  }

  void visit(const std::string& root) {
    State& state = states_[root];
    if (state != State::unseen) return;
    state = State::open;
    for (const EntityDraft& entity : draft_.entities) {
      if (root_of(entity) == root) follow(entity);
    }
    states_[root] = State::done;
    append(root);
  }

  void follow(const EntityDraft& entity) {
    for (const FieldDraft& field : entity.fields) {
      if (field.type != FieldType::reference || !field.to) continue;
      const EntityDraft* target = draft_.find(*field.to);
      if (target == nullptr || draft_.find(root_of(*target)) == nullptr) continue;
      if (target->name == root_of(entity)) continue;  // To its own root's entity: see plan.hpp.
      path_.push_back({root_of(entity), fmt::format("{}.{}", entity.name, field.name)});
      if (states_[root_of(*target)] == State::open) {
        report(field, root_of(*target));
      } else {
        visit(root_of(*target));
      }
      path_.pop_back();
    }
  }

  void report(const FieldDraft& field, const std::string& start) {
    std::string circle;
    const auto first = std::find_if(path_.begin(), path_.end(),
                                    [&](const Step& step) { return step.root == start; });
    for (auto step = first; step != path_.end(); ++step) circle += step->name + " -> ";
    mistakes_.add(field.pointer,
                  fmt::format("references lead back to where they start: {}{}", circle, start),
                  "leave out one of them: a record can only be written after what it refers to");
  }

  void append(const std::string& root) {
    for (std::size_t i = 0; i < draft_.entities.size(); ++i) {
      if (draft_.entities[i].name == root) order_.insert(order_.end() - parts(root), i);
      if (draft_.entities[i].part_of == root) order_.push_back(i);
    }
  }

  // How many of the root's parts stand at the end of the order already.
  std::ptrdiff_t parts(const std::string& root) const {
    return std::count_if(order_.begin(), order_.end(),
                         [&](std::size_t i) { return draft_.entities[i].part_of == root; });
  }

  struct Step {
    std::string root, name;
  };

  const MappingDraft& draft_;
  Mistakes& mistakes_;
  std::map<std::string, State> states_;
  std::vector<Step> path_;
  std::vector<std::size_t> order_;
};

}  // namespace

std::vector<std::size_t> order_entities(const MappingDraft& draft, Mistakes& mistakes) {
  return Order{draft, mistakes}.run();
}

}  // namespace miroir
