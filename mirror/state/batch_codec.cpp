#include "mirror/state/batch_codec.hpp"

#include "schema/row_codec.hpp"

namespace miroir {
namespace {

Value count(std::size_t n) { return static_cast<std::int64_t>(n); }
Value nested(const Row& row) { return Bytes{encode_row(row)}; }

// Reads the flat list back; every step is checked, so that a damaged store is an error and nothing
// else.
class Reader {
 public:
  explicit Reader(Row values) : values_{std::move(values)} {}

  std::int64_t number() { return get<std::int64_t>(); }
  std::size_t size() {
    const std::int64_t n = number();
    if (n < 0) throw CodecError{"negative count in a batch"};
    return static_cast<std::size_t>(n);
  }
  std::string text() { return get<std::string>(); }
  Row row() { return decode_row(get<Bytes>().raw); }

 private:
  template <class T>
  T get() {
    if (next_ >= values_.size()) throw CodecError{"a batch ends too early"};
    T* found = std::get_if<T>(&values_[next_++]);
    if (found == nullptr) throw CodecError{"a batch holds a value of the wrong kind"};
    return std::move(*found);
  }

  Row values_;
  std::size_t next_ = 0;
};

RowChange read_change(Reader& in) {
  RowChange change;
  change.record = RecordId{in.number()};
  change.entity = EntityId{in.size()};
  const std::int64_t op = in.number();
  if (op < 0 || op > static_cast<std::int64_t>(WriteOp::remove))
    throw CodecError{"unknown operation in a batch"};
  change.op = static_cast<WriteOp>(op);
  change.key = in.row();
  // What was compared is of no use once the batch is sent.
  change.columns.resize(in.size());
  for (std::size_t& column : change.columns) column = in.size();
  change.given = in.row();
  return change;
}

}  // namespace

std::string encode_batch(const Batch& batch) {
  Row flat{batch.id.raw(), batch.cycle.raw(), batch.store, count(batch.entity.raw()),
           count(batch.writes.size())};
  for (const AggregateWrite& write : batch.writes) {
    flat.insert(flat.end(), {write.root.raw(), nested(write.root_key), count(write.rows.size())});
    for (const RowChange& change : write.rows) {
      flat.insert(flat.end(), {change.record.raw(), count(change.entity.raw()),
                               static_cast<std::int64_t>(change.op), nested(change.key),
                               count(change.columns.size())});
      for (const std::size_t column : change.columns) flat.push_back(count(column));
      flat.push_back(nested(change.given));
    }
  }
  return encode_row(flat);
}

Batch decode_batch(std::string_view bytes) {
  Reader in{decode_row(bytes)};
  Batch batch;
  batch.id = BatchId{in.number()};
  batch.cycle = CycleNumber{in.number()};
  batch.store = in.text();
  batch.entity = EntityId{in.size()};
  const std::size_t writes = in.size();
  for (std::size_t w = 0; w < writes; ++w) {
    AggregateWrite write;
    write.root = RecordId{in.number()};
    write.root_key = in.row();
    const std::size_t rows = in.size();
    for (std::size_t r = 0; r < rows; ++r) write.rows.push_back(read_change(in));
    batch.writes.push_back(std::move(write));
  }
  return batch;
}

}  // namespace miroir
