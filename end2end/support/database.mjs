// What PostgreSQL holds, asked with psql; and Redis, emptied.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DATABASE_URL, REDIS_URL } from "./environment.mjs";

const execute = promisify(execFile);

/**
 * The rows of one statement as objects. `values` are psql variables: `:'name'` in the statement is a quoted literal.
 * @param {string} statement
 * @param {Record<string, string | number>} [values]
 * @returns {Promise<Record<string, any>[]>}
 */
export async function query(statement, values = {}) {
  const set = Object.entries(values).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const json = `WITH wanted AS (${statement}) SELECT coalesce(json_agg(wanted), '[]') FROM wanted`;
  return JSON.parse(await psql(json, set));
}

/** A statement whose rows nobody wants. */
export async function change(statement, values = {}) {
  await psql(statement, Object.entries(values).flatMap(([name, value]) => ["--set", `${name}=${value}`]));
}

/** The order of a number: its row, its attempts at payment, its lines. */
export async function findOrder(number) {
  const [order] = await query(
    `SELECT orders.*, (SELECT json_agg(attempt ORDER BY attempt.created_at) FROM payment_attempt attempt
        WHERE attempt.customer_id = orders.customer_id AND attempt.order_id = orders.id) AS attempts,
       (SELECT json_agg(line ORDER BY line.position) FROM order_line line
        WHERE line.customer_id = orders.customer_id AND line.order_id = orders.id) AS lines
     FROM orders WHERE number = :'number'`,
    { number },
  );
  return order;
}

/** Empties Redis: what a crash of it leaves. */
export async function emptyRedis() {
  await execute("redis-cli", ["-u", REDIS_URL, "FLUSHDB"]);
}

async function psql(statement, set) {
  // Variables are only filled in what comes over standard input.
  const running = execute("psql", ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1", ...set, DATABASE_URL]);
  running.child.stdin?.end(statement);
  return (await running).stdout;
}
