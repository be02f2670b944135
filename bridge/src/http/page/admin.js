// The admin page: health and rates of a bridge, and its dead letters with what to do about them.
// What devices sent is shown as text alone: nothing of it becomes a part of the page.

const at = (id) => document.getElementById(id);

/** How often health and rates are asked for. */
const EVERY_MS = 5000;

/** How many dead letters an answer has at most. */
const LISTED = 1000;

/** The token lives as long as the page. */
let token = '';
/** The counters of the last answer, and when it came. */
let last = null;
/** The dead letter that is open. */
let shown = null;

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`/admin/${path}`, { method, headers, body, cache: 'no-store' });
  const text = await response.text();
  if (!response.ok && path !== 'health') {
    let message = text;
    try {
      ({ message } = JSON.parse(text));
    } catch {
      // A proxy answered.
    }
    throw new Refused(response.status, message || `the bridge answered ${response.status}`);
  }
  return text;
}

function say(text, isBad = false) {
  at('message').textContent = text;
  at('message').className = isBad ? 'bad' : '';
}

/** Runs what a button does; what fails is said. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      signOut();
    }
    say(error.message, true);
  }
}

function cell(text, kind = 'td') {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

function row(...texts) {
  const made = document.createElement('tr');
  made.append(...texts.map((text) => cell(text)));
  return made;
}

/** The samples of a text for Prometheus: name with labels → value. */
function samples(text) {
  const found = new Map();
  for (const line of text.split('\n')) {
    const end = line.lastIndexOf(' ');
    if (!line.startsWith('#') && end > 0) {
      found.set(line.slice(0, end), Number(line.slice(end + 1)));
    }
  }
  return found;
}

/** What is counted of a bridge, in words. */
const COUNTED = [
  ['bridge_requests_total', 'requests'],
  ['bridge_transactions_total', 'transactions'],
  ['bridge_entries_total', 'entries'],
  ['bridge_repeated_total', 'transactions sent again'],
  ['bridge_dead_letters_total', 'dead letters'],
  ['bridge_failures_total', 'failures'],
];

async function health() {
  const [health, text] = await Promise.all([ask('GET', 'health'), ask('GET', 'metrics')]);
  const { status, message } = JSON.parse(health);
  const now = { at: performance.now(), samples: samples(text) };
  const connections = ['bridge_connections', 'bridge_connections_free', 'bridge_connections_waiting'];
  const [open, free, waiting] = connections.map((name) => now.samples.get(name) ?? 0);
  at('health').textContent =
    status === 'ok'
      ? `ready; ${open} connections to Postgres, ${free} free, ${waiting} requests wait for one`
      : `not ready: ${message}`;
  at('health').className = status === 'ok' ? '' : 'bad';
  const rows = [];
  for (const [name, words] of COUNTED) {
    for (const [sample, count] of now.samples) {
      if (sample !== name && !sample.startsWith(`${name}{`)) {
        continue;
      }
      const labels = [...sample.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map((found) => found[1]);
      const before = last?.samples.get(sample) ?? 0;
      // Another bridge may have answered, or this one was started again.
      const rate = last && count >= before ? ((count - before) * 1000) / (now.at - last.at) : null;
      rows.push(row([words, ...labels].join(' · '), rate === null ? '' : rate.toFixed(1), String(count)));
    }
  }
  last = now;
  at('rates').replaceChildren(...rows);
}

async function list(after = 0) {
  const letters = JSON.parse(await ask('GET', `dead-letters?all=${at('all').checked}&after=${after}`));
  const rows = letters.map((letter) => {
    const { id, created_at, caller, entries, code, reason, outcome } = letter;
    const made = row('', created_at, caller, String(entries.length), code, reason, outcome ?? 'open');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = String(id);
    button.addEventListener('click', () => attempt(() => show(id)));
    made.firstChild.append(button);
    return made;
  });
  if (after === 0) {
    at('letters').replaceChildren();
  }
  at('letters').append(...rows);
  at('more').hidden = letters.length < LISTED;
  at('more').dataset.after = String(letters.at(-1)?.id ?? after);
}

async function show(id) {
  const letter = JSON.parse(await ask('GET', `dead-letters/${id}`));
  shown = letter;
  at('letter-title').textContent = `Dead letter ${id}`;
  const facts = [
    ['Caller', letter.caller],
    ['Client', letter.client_id ?? '—'],
    ['Release', letter.release ?? '—'],
    ['Transaction', letter.transaction_id ?? '—'],
    ['Since', letter.created_at],
    ['Attempts', letter.attempts],
    ['Code', letter.code],
    ['Detail', letter.detail ?? '—'],
    ['Reason', letter.reason],
    ['State', letter.outcome ?? 'open'],
  ];
  at('facts').replaceChildren(...facts.flatMap(([name, value]) => [cell(name, 'dt'), cell(value, 'dd')]));
  const entries = letter.entries.map((text, place) => {
    const made = document.createElement('div');
    made.className = place === letter.failed_entry ? 'failed' : '';
    const label = document.createElement('label');
    label.textContent = `Entry ${place}${place === letter.failed_entry ? ', which is wrong' : ''}`;
    const field = document.createElement('textarea');
    field.value = text;
    field.rows = Math.min(12, 2 + Math.ceil(text.length / 90));
    field.readOnly = letter.outcome !== null;
    field.spellcheck = false;
    label.append(field);
    made.append(label);
    return made;
  });
  at('entries').replaceChildren(...entries);
  for (const button of ['replay', 'discard']) {
    at(button).hidden = letter.outcome !== null;
  }
  at('letter').hidden = false;
  at('letter').scrollIntoView();
}

function close() {
  shown = null;
  at('letter').hidden = true;
}

async function replay() {
  const texts = [...at('entries').querySelectorAll('textarea')].map((field) => field.value.trim());
  // An entry that is emptied is removed. The texts stay as they are: a number with more digits than JavaScript has stays exact.
  const amended = texts.filter((text) => text !== '');
  const isAmended = amended.length !== texts.length || texts.some((text, place) => text !== shown.entries[place].trim());
  for (const text of amended) {
    JSON.parse(text);
  }
  const id = shown.id;
  const body = isAmended ? `{"entries":[${amended.join(',')}]}` : undefined;
  const { outcome, failed_operation: failed } = JSON.parse(await ask('POST', `dead-letters/${id}/replay`, body));
  if (outcome === 'applied') {
    close();
    say(`Dead letter ${id} was replayed.`);
  } else {
    say(`Dead letter ${id} stays open: entry ${failed.operation_index}: ${failed.message} [${failed.error_code}]`, true);
  }
  await list();
}

async function discard() {
  const id = shown.id;
  if (!confirm(`Discard dead letter ${id}? What it contains is never applied.`)) {
    return;
  }
  await ask('POST', `dead-letters/${id}/discard`);
  close();
  say(`Dead letter ${id} was discarded.`);
  await list();
}

function signOut() {
  token = '';
  last = null;
  close();
  document.querySelector('main').hidden = true;
  at('sign-in').hidden = false;
  at('sign-out').hidden = true;
}

async function signIn() {
  token = at('token').value;
  await list();
  await health();
  at('token').value = '';
  at('sign-in').hidden = true;
  at('sign-out').hidden = false;
  document.querySelector('main').hidden = false;
  say('');
}

at('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(signIn);
});
at('sign-out').addEventListener('click', signOut);
at('all').addEventListener('change', () => attempt(() => list()));
at('more').addEventListener('click', () => attempt(() => list(Number(at('more').dataset.after))));
at('replay').addEventListener('click', () => attempt(replay));
at('discard').addEventListener('click', () => attempt(discard));
at('close').addEventListener('click', close);
setInterval(() => {
  if (token !== '' && !document.hidden) {
    attempt(health);
  }
}, EVERY_MS);
