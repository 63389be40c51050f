// trivium/client/grpc: gRPC as the road of a client. For servers and programs; browsers have HTTP.

export { type GrpcTransportOptions, grpcTransport, type TlsOptions } from "./grpc-transport.ts";
