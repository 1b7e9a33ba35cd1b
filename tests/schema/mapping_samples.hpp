// The mapping that the tests start from: it has one of everything, and no mistake.
#pragma once

#include <string>

namespace miroir::testing {

inline const std::string sample_mapping = R"json({
  // A shop and a Navision.
  "sites": ["shop", "erp"],
  "conflicts": "shop wins",
  "entities": {
    "order_line": {
      "part_of": "sales_order",
      "shop": {
        "table": "order_line",
        "key": [{"column": "id", "from": "database"}],
        "parent": {"order_id": "id"},
        "number": {"column": "line_no", "step": 1}
      },
      "erp": {
        "table": "CRONUS France$Sales Line",
        "key": [
          {"column": "Document Type", "from": "constant", "value": 1},
          {"column": "Document No_", "from": "parent", "parent": "No_"},
          {"column": "Line No_", "from": "number", "step": 10000}
        ]
      },
      "fields": {
        "quantity": {"type": "decimal", "scale": 3, "shop": "qty", "erp": {"column": "Quantity", "blank": 0}}
      }
    },
    "sales_order": {
      "shop": {"table": "sales_order", "key": [{"column": "id", "from": "database"}]},
      "erp": {
        "table": "CRONUS France$Sales Header",
        "key": [
          {"column": "Document Type", "from": "constant", "value": 1},
          {"column": "No_", "from": "rule", "rule": "W{id}"}
        ]
      },
      "fields": {
        "customer": {
          "type": "reference", "to": "customer",
          "shop": "customer_id", "erp": {"column": "Sell-to Customer No_", "blank": ""}
        },
        "placed": {
          "type": "date", "policy": "max",
          "shop": "placed_on", "erp": {"column": "Order Date", "blank": "1753-01-01"}
        },
        "state": {
          "type": "enumeration",
          "shop": {"column": "state", "lookup": {"open": "open", "released": "released"}},
          "erp": {"column": "Status", "lookup": {"open": 0, "released": 1}}
        }
      }
    },
    "customer": {
      "conflicts": "erp wins",
      "match": [["email"], ["vat_number"]],
      "shop": {"table": "customer", "schema": "public", "key": [{"column": "id", "from": "database"}]},
      "erp": {
        "table": "CRONUS France$Customer",
        "key": [{"column": "No_", "from": "rule", "rule": "W{id}"}]
      },
      "fields": {
        "email": {
          "type": "text", "policy": "shop wins",
          "shop": "email", "erp": {"column": "E-Mail", "blank": "", "length": 80}
        },
        "name": {
          "type": "text",
          "shop": "name", "erp": {"column": "Name", "blank": "", "length": 50, "loss": ["length"]}
        },
        "vat_number": {
          "type": "code", "policy": "hold",
          "shop": "vat_number", "erp": {"column": "VAT Registration No_", "blank": "", "length": 20}
        }
      }
    },
    "stock": {
      "shop": {"table": "stock", "key": [{"column": "sku"}]},
      "erp": {"table": "CRONUS France$Item", "key": [{"column": "No_"}]},
      "fields": {
        "sku": {"type": "code", "shop": "sku", "erp": {"column": "No_", "length": 20}},
        "on_hand": {"type": "counter", "scale": 3, "shop": "on_hand", "erp": "Quantity"}
      }
    }
  }
})json";

// The sample with its one occurrence of `from` replaced; throws when there is none or more than
// one.
std::string sample_with(const std::string& from, const std::string& to);

}  // namespace miroir::testing
