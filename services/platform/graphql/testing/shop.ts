/** Contracts of three services that name each other's resources, with all that contracts can say in types. */
export const SHOP = `
service OrderService {
  option (weft.policy.v1.service) = {mesh_service: "order"};
  rpc ListOrders(ListOrdersRequest) returns (ListOrdersResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
  rpc GetOrder(GetOrderRequest) returns (GetOrderResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {
      access: ACCESS_USER
      allow_services: true
    };
  }
  rpc PlaceOrder(PlaceOrderRequest) returns (PlaceOrderResponse) {
    option (weft.policy.v1.method) = {
      access: ACCESS_PUBLIC
      idempotency_key: IDEMPOTENCY_KEY_ACCEPTED
      rate_limit: {requests: 3 per: {seconds: 3600}}
    };
  }
  rpc WatchOrders(WatchOrdersRequest) returns (stream WatchOrdersResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
  rpc AuditOrders(ListOrdersRequest) returns (ListOrdersResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {access: ACCESS_INTERNAL};
  }
  rpc ExportOrders(ListOrdersRequest) returns (ListOrdersResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.graphql.v1.method) = {hidden: true};
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
}
service ProductService {
  option (weft.policy.v1.service) = {mesh_service: "product"};
  rpc BatchGetProducts(BatchGetProductsRequest) returns (BatchGetProductsResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
  rpc EchoValues(EchoValuesRequest) returns (EchoValuesResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.graphql.v1.method) = {name: "values"};
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
}
service BuyerService {
  option (weft.policy.v1.service) = {mesh_service: "buyer"};
  rpc GetBuyer(GetBuyerRequest) returns (GetBuyerResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
  }
}

message Order {
  option (google.api.resource) = {type: "order/Order" pattern: "orders/{order_id}" name_field: "order_id"};
  string order_id = 1;
  string buyer_id = 2 [(google.api.resource_reference).type = "buyer/Buyer"];
  repeated Line lines = 3 [(buf.validate.field).repeated.max_items = 20];
  repeated string category_ids = 4 [(google.api.resource_reference).type = "product/Product"];
  string gift = 5 [
    (google.api.resource_reference).type = "product/Product",
    (weft.graphql.v1.field) = {link: "giftProduct"}
  ];
  message Line {
    string product_id = 1 [(google.api.resource_reference).type = "product/Product"];
    uint32 quantity = 2;
  }
}
message Product {
  option (google.api.resource) = {type: "product/Product" pattern: "products/{product_id}" name_field: "product_id"};
  string product_id = 1;
  string title = 2;
}
message Buyer {
  option (google.api.resource) = {type: "buyer/Buyer" pattern: "buyers/{buyer_id}" name_field: "buyer_id"};
  string buyer_id = 1;
  string name = 2;
}
message ListOrdersRequest { uint32 page_size = 1; string page_token = 2; }
message ListOrdersResponse { repeated Order orders = 1; string next_page_token = 2; }
message GetOrderRequest { string order_id = 1; }
message GetOrderResponse { Order order = 1; }
message PlaceOrderRequest { Order order = 1; }
message PlaceOrderResponse { Order order = 1; string idempotency_key = 2; }
message WatchOrdersRequest { uint32 count = 1; }
message WatchOrdersResponse { uint32 number = 1; }
message BatchGetProductsRequest {
  repeated string product_ids = 1 [(buf.validate.field).repeated.max_items = 100];
}
message BatchGetProductsResponse { repeated Product products = 1; repeated string missing_product_ids = 2; }
message GetBuyerRequest { string buyer_id = 1; }
message GetBuyerResponse { Buyer buyer = 1; }
message EchoValuesRequest { Values values = 1; bool fails = 2; }
message EchoValuesResponse { Values values = 1; Nothing nothing = 2; }
message Nothing {}
message Values {
  int64 large = 1;
  uint64 larger = 2;
  uint32 small = 3;
  double number = 4;
  float short = 5;
  bool truth = 6;
  string text = 7;
  bytes bytes = 8;
  Color color = 9;
  optional int32 maybe = 10;
  oneof choice { string left = 11; int64 right = 12; }
  map<string, int64> counts = 13;
  repeated double numbers = 14;
  google.protobuf.Timestamp time = 15;
  google.protobuf.Duration duration = 16;
  google.protobuf.FieldMask mask = 17;
  google.protobuf.Struct data = 18;
  google.protobuf.Int64Value wrapped = 19;
  Values inner = 20;
  repeated Color colors = 21;
  enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; COLOR_BLUE = 2; }
}
`;
