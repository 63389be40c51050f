// trivium/client: calls a server's operations by their contracts, over HTTP. Browser-safe; gRPC is trivium/client/grpc.

export { isFailure } from "../contract/failure.ts";
export { AppError, isAppError, type Violation } from "../core/app-error.ts";
export type { Code } from "../core/status.ts";
export type {
  BidiStreamCall,
  CallOptions,
  Client,
  ClientStreamCall,
  Contracts,
  OperationCall,
  ServerStreamCall,
  StreamOptions,
  UnaryCall,
} from "./client-types.ts";
export { type ClientOptions, createClient } from "./create-client.ts";
export { type HttpTransportOptions, httpTransport } from "./http/http-transport.ts";
export type { TokenOption, TokenRequest } from "./token-source.ts";
export type { ClientTransport } from "./transport.ts";
