// The function of the trigger by which a write from outside the foundation is seen: src/cache/outside-writes.ts.

/** Whoever may write the table may leave the row. */
export const outsideWriteFunction = `create function trivium.note_outside_write() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if current_setting('trivium.unit', true) is distinct from 'on' then
    insert into trivium.invalidation (id, token, tags) values (gen_random_uuid(), null, array[tg_argv[0]]);
  end if;
  return null;
end $$`;
