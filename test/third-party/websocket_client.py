"""An independent WebSocket client against the running service: websocket_client.py URL TOKEN CHANNEL.

Talks in a channel, and tries what a server must refuse. Exits with 1 and says why when something is not as it should be.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

url, token, channel = sys.argv[1:]
address = f"{url.replace('http', 'ws', 1)}/v1/channels/{channel}/converse"
bearer = {"Authorization": f"Bearer {token}"}


async def talk():
    """Items and answers, the end of both, by a header and by the list of subprotocols, as browsers do it."""
    ways = [
        {"additional_headers": bearer, "subprotocols": ["trivium.v1"]},
        {"subprotocols": ["trivium.v1", f"bearer.{token}"]},
    ]
    for way in ways:
        async with connect(address, **way) as socket:
            assert socket.subprotocol == "trivium.v1", socket.subprotocol
            for body in ["from Python", " "]:
                await socket.send(json.dumps({"item": {"body": body}}))
            await socket.send(json.dumps({"end": True}))
            frames = [json.loads(frame) async for frame in socket]
        assert frames[-1] == {"end": True}, frames
        replies = [frame["item"] for frame in frames[:-1] if "item" in frame["item"]]
        assert [reply["type"] for reply in replies] == ["accepted", "refused"], replies
        assert replies[0]["message"]["body"] == "from Python"
        assert socket.close_code == 1000, socket.close_code


async def pings():
    """The server answers pings, and a connection on which nothing is said stays."""
    async with connect(address, additional_headers=bearer, ping_interval=None) as socket:
        for _ in range(3):
            await asyncio.wait_for(await socket.ping(), 5)


async def fragments():
    """A message may come in pieces."""
    async with connect(address, additional_headers=bearer) as socket:
        text = json.dumps({"item": {"body": "in pieces"}})
        await socket.send([text[:5], text[5:12], text[12:]])
        await socket.send(json.dumps({"end": True}))
        frames = [json.loads(frame) async for frame in socket]
    assert any(frame.get("item", {}).get("type") == "accepted" for frame in frames), frames


async def refusals():
    """Before the upgrade a real status; after it a problem and a close code that says the same."""
    for headers, status in [({}, 401), ({"Authorization": "Bearer nonsense"}, 401)]:
        try:
            async with connect(address, additional_headers=headers):
                raise AssertionError("let in")
        except InvalidStatus as refused:
            assert refused.response.status_code == status, refused.response.status_code
            assert json.loads(refused.response.body)["reason"].startswith("CREDENTIAL_")
    for wrong in [b"\x00\x01", "nonsense", json.dumps({"item": {"body": "x"}, "end": True})]:
        async with connect(address, additional_headers=bearer) as socket:
            await socket.send(wrong)
            await socket.send(json.dumps({"end": True}))
            frames = []
            try:
                async for frame in socket:
                    frames.append(json.loads(frame))
            except ConnectionClosed:
                pass
            told = json.dumps(frames)
            assert "refused" in told or "error" in told or socket.close_code not in (1000, 1006), (wrong, told)
    async with connect(address, additional_headers=bearer) as socket:
        try:
            await socket.send(json.dumps({"item": {"body": "x" * (2 << 20)}}))
            async for _ in socket:
                pass
        except ConnectionClosed:
            pass
        assert socket.close_code == 1009, socket.close_code


async def main():
    for check in [talk, pings, fragments, refusals]:
        await asyncio.wait_for(check(), 30)
        print(f"{check.__name__}: as it should be")


asyncio.run(main())
