// Imported into every process that runs a test file: a test that never ends, or a handle that nobody closed, fails that
// file by its name instead of holding up the whole run.

const minutes = Number(process.env.TRIVIUM_TEST_MINUTES ?? 10);

// The runner itself, and the processes that tests start, have no such limit.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`${process.argv[1]} has not ended within ${minutes} minutes. Still open: ${open}\n`);
    process.exit(1);
  }, minutes * 60_000).unref();
}
