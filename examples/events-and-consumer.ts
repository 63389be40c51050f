// A row and its event, committed together; and a consumer that applies each event exactly once, in order per key.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { consumer, createApp, implement, on, sql, table } from "trivium";
import { command, event, model, query, service, stream, z } from "trivium/contract";
import { createTestApp } from "trivium/testing";

const Order = model("Order", { id: z.uuid(), item: z.string(), amount: z.int() });
const OrderPlaced = event("order.placed", { stream: stream("order"), key: (order) => order.item, data: Order });
const orderTable = table(Order, { name: "orders" });

const orders = service(
  "orders",
  { version: 1 },
  {
    place: command({
      summary: "Place an order",
      http: "POST /orders",
      input: { item: z.string(), amount: z.int().min(1) },
      output: Order,
      access: "public",
      emits: [OrderPlaced],
    }),
    demand: query({
      summary: "How much of an item is ordered",
      http: "GET /items/{item}/demand",
      input: { item: z.string() },
      output: z.object({ amount: z.int() }),
      access: "public",
    }),
  },
);

const app = createApp({
  name: "shop",
  services: [
    implement(orders, {
      async place(order, ctx) {
        const placed = await orderTable.insert(ctx, order);
        ctx.emit(OrderPlaced, placed);
        if (placed.amount > 100) throw new Error("the warehouse is too small"); // row and event are both undone
        return placed;
      },
      async demand({ item }, ctx) {
        const rows = await ctx.db.rows(
          sql`select amount from demand where item = ${item}`,
          z.object({ amount: z.int() }),
        );
        return rows[0] ?? { amount: 0 };
      },
    }),
  ],
  consumers: [
    consumer("demand", {
      stream: OrderPlaced.stream,
      handle: [
        on(OrderPlaced, async ({ item, amount }, ctx) => {
          await ctx.db.execute(
            sql`insert into demand (item, amount) values (${item}, ${amount})
                on conflict (item) do update set amount = demand.amount + excluded.amount`,
          );
        }),
      ],
    }),
  ],
  tables: [orderTable],
  migrations: await migrations(`
    create table orders (id uuid primary key, item text not null, amount bigint not null);
    create table demand (item text primary key, amount bigint not null);
  `),
});

const shop = await createTestApp(app);
await Promise.all([1, 2, 3].map((amount) => shop.call(orders.place, { item: "tea", amount })));
await shop.call(orders.place, { item: "tea", amount: 101 }).catch(() => console.log("refused"));
await shop.settle(); // relay and consumers have done what there is to do
console.log(await shop.call(orders.demand, { item: "tea" }));
await shop.close();

/** A folder with one migration; an app of one's own keeps the file beside its sources. */
async function migrations(text: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-example-"));
  await writeFile(join(folder, "0001_orders.sql"), text);
  return pathToFileURL(`${folder}/`);
}

// Prints:
// refused
// { amount: 6 }
