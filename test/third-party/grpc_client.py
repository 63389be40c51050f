"""An independent gRPC client: reflection, health, a call with a token, and an error with its rich details.

Usage: grpc_client.py HOST:PORT TOKEN. Knows nothing of the service but what reflection tells.
"""

import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

address, token = sys.argv[1:]
credential = (("authorization", f"Bearer {token}"),)


def call(channel, pool, path, fields, metadata=credential):
    service, method = path.split("/")
    described = pool.FindServiceByName(service).FindMethodByName(method)
    stub = channel.unary_unary(
        f"/{path}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(described.output_type).FromString,
    )
    request = json_format.ParseDict(fields, GetMessageClass(described.input_type)())
    return json_format.MessageToDict(stub(request, metadata=metadata, timeout=10))


def refusal(channel, pool, path, fields, metadata=credential):
    try:
        answer = call(channel, pool, path, fields, metadata)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        assert status is not None, f"{path}: {error.code()} without grpc-status-details-bin"
        found = {}
        for detail in status.details:
            for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest):
                if detail.Is(kind.DESCRIPTOR):
                    found[kind.DESCRIPTOR.name] = kind.FromString(detail.value)
        return error.code(), found
    raise AssertionError(f"{path} answered {answer}, where an error was expected")


def same(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


with grpc.insecure_channel(address) as channel:
    database = ProtoReflectionDescriptorDatabase(channel)
    services = set(database.get_services())
    assert {"chat.messages.v1.MessagesService", "grpc.health.v1.Health"} <= services, services
    pool = DescriptorPool(database)

    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "chat.messages.v1.MessagesService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        same(answer.status, health_pb2.HealthCheckResponse.SERVING)

    created = call(channel, pool, "chat.channels.v1.ChannelsService/Create", {"name": "grpcio"})
    same(created["name"], "grpcio")
    post = "chat.messages.v1.MessagesService/Post"
    message = call(channel, pool, post, {"channelId": created["id"], "body": "Grüße, 世界"})
    same(call(channel, pool, "chat.messages.v1.MessagesService/Get", {"id": message["id"]}), message)
    same(message["body"], "Grüße, 世界")

    code, details = refusal(channel, pool, post, {"channelId": created["id"], "body": ""})
    same(code, grpc.StatusCode.INVALID_ARGUMENT)
    same((details["ErrorInfo"].reason, details["ErrorInfo"].domain), ("VALIDATION_FAILED", "chat"))
    same([violation.field for violation in details["BadRequest"].field_violations], ["body"])

    missing = "01932c5e-7a10-7c3f-9d2a-0123456789ab"
    code, details = refusal(channel, pool, post, {"channelId": missing, "body": "nobody hears"})
    same((code, details["ErrorInfo"].reason), (grpc.StatusCode.NOT_FOUND, "CHANNEL_NOT_FOUND"))
    same(dict(details["ErrorInfo"].metadata), {"channelId": missing})

    code, details = refusal(channel, pool, post, {"channelId": created["id"], "body": "who?"}, metadata=())
    same((code, details["ErrorInfo"].reason), (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING"))

print("grpcio: reflection, health, calls and rich errors as expected")
