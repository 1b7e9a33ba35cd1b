// One visitor for std::visit made of lambdas, one for each alternative.
#pragma once

namespace miroir {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

}  // namespace miroir
