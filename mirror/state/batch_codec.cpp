#include "mirror/state/batch_codec.hpp"

#include "mirror/state/row_reader.hpp"

namespace miroir {
namespace {

Value count(std::size_t n) { return static_cast<std::int64_t>(n); }
Value nested(const Row& row) { return Bytes{encode_row(row)}; }

Row read_row(RowReader& in) { return decode_row(in.bytes().raw); }

RowChange read_change(RowReader& in) {
  RowChange change;
  change.record = RecordId{in.number()};
  change.entity = EntityId{in.position()};
  const std::int64_t op = in.number();
  if (op < 0 || op > static_cast<std::int64_t>(WriteOp::remove))
    throw CodecError{"unknown operation in a batch"};
  change.op = static_cast<WriteOp>(op);
  change.key = read_row(in);
  // What was compared is of no use once the batch is sent.
  change.columns.resize(in.count());
  for (std::size_t& column : change.columns) column = in.position();
  change.given = read_row(in);
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
  RowReader in{decode_row(bytes), "a batch"};
  Batch batch;
  batch.id = BatchId{in.number()};
  batch.cycle = CycleNumber{in.number()};
  batch.store = in.text();
  batch.entity = EntityId{in.position()};
  const std::size_t writes = in.count();
  for (std::size_t w = 0; w < writes; ++w) {
    AggregateWrite write;
    write.root = RecordId{in.number()};
    write.root_key = read_row(in);
    const std::size_t rows = in.count();
    for (std::size_t r = 0; r < rows; ++r) write.rows.push_back(read_change(in));
    batch.writes.push_back(std::move(write));
  }
  return batch;
}

}  // namespace miroir
