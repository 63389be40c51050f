"""An independent gRPC client: reflection, health, calls of all four kinds, and errors with their rich details.

Usage: grpc_client.py HOST:PORT TOKEN. Knows nothing of the service but what reflection tells.
"""

import itertools
import queue
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


def start(channel, pool, path, messages, metadata=credential):
    """Starts a stream: `messages` is one message's fields, or an iterator of them. Answers the running call."""
    service, method = path.split("/")
    described = pool.FindServiceByName(service).FindMethodByName(method)
    kind = "stream" if described.client_streaming else "unary"
    kind += "_stream" if described.server_streaming else "_unary"
    stub = getattr(channel, kind)(
        f"/{path}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(described.output_type).FromString,
    )
    request = GetMessageClass(described.input_type)
    if not described.client_streaming:
        return stub(json_format.ParseDict(messages, request()), metadata=metadata, timeout=20)
    requests = (json_format.ParseDict(fields, request()) for fields in messages)
    return (stub if described.server_streaming else stub.future)(requests, metadata=metadata, timeout=20)


def refusal(channel, pool, path, fields, metadata=credential):
    return refused(path, lambda: call(channel, pool, path, fields, metadata))


def refused(path, ask):
    try:
        answer = ask()
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

    service = "chat.messages.v1.MessagesService"
    opening = {"open": {"channelId": created["id"]}}

    # A client stream: good items are kept, a bad one is reported.
    lines = ({"item": {"body": body}} for body in ["one", "", "two"])
    summary = start(channel, pool, f"{service}/ImportMany", itertools.chain([opening], lines)).result()
    same((summary.imported, summary.refused), (2, 1))

    # A server stream: its call's id comes with the initial metadata.
    export = start(channel, pool, f"{service}/ExportAll", {"channelId": created["id"]}, credential + (("x-request-id", "e-1"),))
    same(dict(export.initial_metadata())["x-request-id"], "e-1")
    same([message.body for message in export], ["Grüße, 世界", "one", "two"])
    same(export.code(), grpc.StatusCode.OK)

    # A bidi stream: what is sent next depends on what has been heard.
    said = queue.SimpleQueue()
    said.put(opening)
    said.put({"item": {"body": "hello"}})
    conversation = start(channel, pool, f"{service}/Converse", iter(said.get, None))
    heard = []
    for event in conversation:
        heard.append(event.message.body if event.HasField("message") else None)
        if heard.count("hello") == 2:  # posted, and accepted
            said.put(None)
    same(heard, ["hello", "hello"])
    same(conversation.code(), grpc.StatusCode.OK)

    # Cancelled by the client.
    watching = start(channel, pool, f"{service}/Watch", {"channelId": created["id"]})
    watching.initial_metadata()
    watching.cancel()
    same(watching.code(), grpc.StatusCode.CANCELLED)

    # Refused: before it is open, for what it opens with, and for its first message.
    for method, messages, metadata, expected in (
        ("Converse", iter([opening]), (), ("UNAUTHENTICATED", "CREDENTIAL_MISSING")),
        ("ImportMany", iter([opening]), (), ("UNAUTHENTICATED", "CREDENTIAL_MISSING")),
        ("Watch", {"channelId": missing}, credential, ("NOT_FOUND", "CHANNEL_NOT_FOUND")),
        ("ExportAll", {}, credential, ("INVALID_ARGUMENT", "VALIDATION_FAILED")),
        ("Converse", iter([{"item": {"body": "first"}}]), credential, ("INVALID_ARGUMENT", "MALFORMED_MESSAGE")),
        ("ImportMany", iter([]), credential, ("INVALID_ARGUMENT", "MALFORMED_MESSAGE")),
    ):
        running = start(channel, pool, f"{service}/{method}", messages, metadata)
        code, details = refused(method, running.result if method == "ImportMany" else lambda: list(running))
        same((code.name, details["ErrorInfo"].reason), expected)

print("grpcio: reflection, health, calls of all kinds and rich errors as expected")
