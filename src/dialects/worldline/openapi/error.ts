import { closed, integer, listOf, oneOf, ref, text } from "../../openapi/schema.ts";

const errors = {
  errorId: { type: "string", format: "uuid" },
  errors: listOf(ref("APIError"), { minItems: 1 }),
};

export const errorSchemas = {
  APIError: closed({
    code: text,
    "category?": oneOf("CONNECT_PLATFORM_ERROR", "PAYMENT_PLATFORM_ERROR", "IO_ERROR"),
    "httpStatusCode?": integer(400, 599),
    "id?": text,
    "message?": text,
    "propertyName?": text,
    "requestId?": { type: "string", pattern: "^\\d*$" },
  }),
  ErrorResponse: closed(errors),
  PayoutErrorResponse: closed({ ...errors, "payoutResult?": ref("PayoutResult") }),
};
