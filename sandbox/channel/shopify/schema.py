"""The part of Shopify's Admin GraphQL schema, version 2026-10, that fulfillments need, with its names and types.

A test validates the adapter's documents against it, and the simulator executes them. Enums only have the values that
the simulator returns or the adapter reads.
"""

from graphql import GraphQLSchema, build_schema

SDL = """
schema { query: QueryRoot mutation: Mutation }

scalar DateTime
scalar URL

type QueryRoot {
  order(id: ID!): Order
  fulfillment(id: ID!): Fulfillment
  fulfillmentOrder(id: ID!): FulfillmentOrder
}

type Mutation {
  fulfillmentCreate(fulfillment: FulfillmentInput!, message: String): FulfillmentCreatePayload
  fulfillmentCancel(id: ID!): FulfillmentCancelPayload
}

input FulfillmentInput {
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]!
  notifyCustomer: Boolean
  trackingInfo: FulfillmentTrackingInput
}

input FulfillmentOrderLineItemsInput {
  fulfillmentOrderId: ID!
  fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!]
}

input FulfillmentOrderLineItemInput { id: ID! quantity: Int! }

input FulfillmentTrackingInput { company: String number: String numbers: [String!] url: URL }

type FulfillmentCreatePayload { fulfillment: Fulfillment userErrors: [UserError!]! }

type FulfillmentCancelPayload { fulfillment: Fulfillment userErrors: [UserError!]! }

type UserError { field: [String!] message: String! }

type PageInfo { hasNextPage: Boolean! endCursor: String }

type Order {
  id: ID!
  cancelledAt: DateTime
  displayFinancialStatus: OrderDisplayFinancialStatus
  fulfillments(first: Int): [Fulfillment!]!
  fulfillmentOrders(first: Int, after: String): FulfillmentOrderConnection!
}

enum OrderDisplayFinancialStatus { PAID PENDING REFUNDED VOIDED }

type FulfillmentOrderConnection { nodes: [FulfillmentOrder!]! pageInfo: PageInfo! }

type FulfillmentOrder {
  id: ID!
  status: FulfillmentOrderStatus!
  assignedLocation: FulfillmentOrderAssignedLocation!
  supportedActions: [FulfillmentOrderSupportedAction!]!
  lineItems(first: Int, after: String): FulfillmentOrderLineItemConnection!
}

enum FulfillmentOrderStatus { OPEN ON_HOLD CLOSED CANCELLED }

type FulfillmentOrderAssignedLocation {
  name: String!
  address1: String
  city: String
  zip: String
  countryCode: CountryCode!
}

enum CountryCode { US }

type FulfillmentOrderSupportedAction { action: FulfillmentOrderAction! }

enum FulfillmentOrderAction { CREATE_FULFILLMENT HOLD RELEASE_HOLD }

type FulfillmentOrderLineItemConnection { nodes: [FulfillmentOrderLineItem!]! pageInfo: PageInfo! }

type FulfillmentOrderLineItem { id: ID! sku: String remainingQuantity: Int! totalQuantity: Int! lineItem: LineItem! }

type LineItem { id: ID! sku: String }

type Fulfillment {
  id: ID!
  status: FulfillmentStatus!
  displayStatus: FulfillmentDisplayStatus
  createdAt: DateTime!
  trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
  fulfillmentLineItems(first: Int, after: String): FulfillmentLineItemConnection!
}

enum FulfillmentStatus { SUCCESS PENDING CANCELLED FAILURE }

enum FulfillmentDisplayStatus { FULFILLED CANCELED IN_TRANSIT }

type FulfillmentTrackingInfo { company: String number: String url: URL }

type FulfillmentLineItemConnection { nodes: [FulfillmentLineItem!]! pageInfo: PageInfo! }

type FulfillmentLineItem { id: ID! quantity: Int lineItem: LineItem! }
"""


def shopify_schema() -> GraphQLSchema:
    return build_schema(SDL)
