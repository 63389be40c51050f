// The one message that all contestants answer.

export const sampleMessage = {
  id: "01932c5e-7a10-7c3f-9d2a-0123456789ab",
  channelId: "01932c5e-7a10-7c3f-9d2a-0123456789ac",
  authorId: "01932c5e-7a10-7c3f-9d2a-0123456789ad",
  body: "A message of a length that people write when they have something to say to each other.",
  version: 1,
  createdAt: "2026-11-22T18:40:00.123Z",
  updatedAt: "2026-11-22T18:40:00.123Z",
};
