// The table of commit markers: what proves a commit that left no other row to look for.

/** One row for each unit of work that wrote, but no event or record with an id of its own. Pruned after an hour. */
export const commitMarkerTable: readonly string[] = [
  `create table trivium.commit_marker (
    id uuid primary key,
    created_at timestamptz(3) not null default now()
  )`,
  "create index commit_marker_by_age on trivium.commit_marker (created_at)",
];
