// Rows of each app that belong together and that its policy allows, so that a server takes them: added, changed, deleted.

import type { PowerSyncDatabase } from '@powersync/node';

import * as powergit from '../../../examples/powergit/generated/typescript/index.js';
import * as taskly from '../../../examples/taskly/generated/typescript/index.js';
import * as tunetrees from '../../../examples/tunetrees/generated/typescript/index.js';
import * as tasks from '../../../schema/generated/typescript/index.js';
// Each app writes with its own runtime, whose clock never gives two writes the same time.
import * as ofPowergit from '../../../examples/powergit/generated/typescript/runtime/index.js';
import * as ofTaskly from '../../../examples/taskly/generated/typescript/runtime/index.js';
import * as ofTunetrees from '../../../examples/tunetrees/generated/typescript/runtime/index.js';
import * as ofTasks from '../../../schema/generated/typescript/runtime/index.js';

type Writer = ofTasks.Writer;

/** Writes rows of the workspace's own app that belong together, so that its server takes them. */
async function writeTasks(database: PowerSyncDatabase, writer: Writer, userId: string): Promise<void> {
  const { insert, remove, update } = ofTasks;
  const { teams, profiles, lists, items, labels, itemLabels, comments, reactions, timeEntries, presence, feedback, drafts } = tasks;
  const team = tasks.newTeams({ name: 'Us', seats: 7 }, writer);
  await database.execute(...insert(teams, team));
  await database.execute(...update(teams, team.id, { region: 'north' }, writer));
  const profile = tasks.newProfiles({ user_id: userId, handle: 'ann', accent: '#00ff00' }, writer);
  await database.execute(...insert(profiles, profile));
  await database.execute(...update(profiles, userId, { full_name: 'Ann\u0301 "A" \\ 😀' }, writer));
  const list = tasks.newLists({ name: 'Home', cover: Uint8Array.of(0, 127, 255), settings: { big: 9007199254740993n, a: [1, 0.5] }, position: 0.1, palette: ['#aabbcc'] }, writer);
  const gone = tasks.newLists({ name: 'Gone' }, writer);
  await database.execute(...insert(lists, list));
  await database.execute(...insert(lists, gone));
  await database.execute(...remove(lists, gone.id));
  const item = tasks.newItems(
    {
      list_id: list.id,
      title: 'Milk',
      priority: 2,
      effort: 0.3,
      estimate: '12.50',
      due_on: '2026-02-01',
      remind_at: '15:47:00.000000',
      starts_at: '2026-01-31T15:47:12.400000',
      duration: '1 day 02:30:00',
      tags: ['a', 'b"c'],
      assignee_ids: [userId],
      meta: { kind: 'x' },
      rank: 9007199254740993n,
    },
    writer,
  );
  await database.execute(...insert(items, item));
  await database.execute(...update(items, item.id, { status: 'done', place: 3, estimate: null, rank: -9007199254740993n }, writer));
  const label = tasks.newLabels({ team_id: team.id, name: 'bug/1' }, writer);
  await database.execute(...insert(labels, label));
  await database.execute(...update(labels, label.id, { color: '#ff0000' }, writer));
  const tagged = tasks.newItemLabels({ label_name: 'bug/1', item_id: item.id, team_id: team.id }, writer);
  await database.execute(...insert(itemLabels, tagged));
  const comment = tasks.newComments({ item_id: item.id, body: 'Fresh?' }, writer);
  await database.execute(...insert(comments, comment));
  await database.execute(...insert(reactions, tasks.newReactions({ comment_id: comment.id, word: 'heart' }, writer)));
  const star = tasks.newReactions({ comment_id: comment.id, word: 'star' }, writer);
  await database.execute(...insert(reactions, star));
  await database.execute(...remove(reactions, star.id));
  const entry = tasks.newTimeEntries({ item_id: item.id, hours: '1.5', worked_on: '2026-01-31' }, writer);
  await database.execute(...insert(timeEntries, entry));
  await database.execute(...update(timeEntries, entry.id, { hours: '2.25' }, writer));
  await database.execute(...insert(presence, tasks.newPresence({ device: 'the phone', list_id: list.id }, writer)));
  await database.execute(...insert(feedback, tasks.newFeedback({ text: 'Good.' }, writer)));
  await database.execute(...insert(drafts, tasks.newDrafts({ id: 'd' }, writer)));
}

/** A push: what is in a repository of an organisation that the user writes to. */
async function writePowergit(database: PowerSyncDatabase, writer: Writer): Promise<void> {
  const { insert, remove, update } = ofPowergit;
  const { repositories, importJobs, refs, commits, fileChanges, objects } = powergit;
  const of = { org_id: 'acme', repo_id: 'site' };
  const [old, sha] = ['a'.repeat(40), 'b'.repeat(40)];
  const job = powergit.newImportJobs({ ...of, repo_url: 'https://example.org/site' }, writer);
  await database.execute(...insert(importJobs, job));
  await database.execute(...update(importJobs, job.id, { status: 'success' }, writer));
  const repository = powergit.newRepositories({ ...of, last_import_job_id: job.id }, writer);
  await database.execute(...insert(repositories, repository));
  await database.execute(...update(repositories, repository.id, { default_branch: 'main', last_status: 'pushed' }, writer));
  const commit = { author_name: 'Ann', author_email: 'ann@example.org', authored_at: '2026-01-31T13:47:00.000000Z', tree_sha: old };
  await database.execute(...insert(commits, powergit.newCommits({ ...of, ...commit, sha, message: 'First\n\n"Ann"' }, writer)));
  for (const path of ['README.md', 'src/a b/é.ts']) {
    const change = powergit.newFileChanges({ ...of, commit_sha: sha, path, additions: 3, deletions: 0 }, writer);
    await database.execute(...insert(fileChanges, change));
  }
  const pack = { pack_oid: old, storage_key: 'acme/site/pack', size_bytes: 9007199254740993n };
  await database.execute(...insert(objects, powergit.newObjects({ ...of, ...pack }, writer)));
  const main = powergit.newRefs({ ...of, name: 'refs/heads/main', target_sha: old }, writer);
  await database.execute(...insert(refs, main));
  await database.execute(...update(refs, main.id, { target_sha: sha }, writer));
  const gone = powergit.newRefs({ ...of, name: 'refs/heads/gone', target_sha: old }, writer);
  await database.execute(...insert(refs, gone));
  await database.execute(...remove(refs, gone.id));
}

/** A day of a user: what matters, what is to be done, and what was done. */
async function writeTaskly(database: PowerSyncDatabase, writer: Writer): Promise<void> {
  const { insert, remove, update } = ofTaskly;
  const { values, projects, tasks, taskChecklistItems, userProfiles, myDayDays } = taskly;
  const profile = taskly.newUserProfiles({ settings_overrides: { theme: 'dark', big: 9007199254740993n } }, writer);
  await database.execute(...insert(userProfiles, profile));
  const value = taskly.newValues({ name: 'Health', priority: 'high' }, writer);
  await database.execute(...insert(values, value));
  await database.execute(...update(values, value.id, { color: '#00ff00' }, writer));
  const project = taskly.newProjects({ name: 'Run', completed: false, primary_value_id: value.id }, writer);
  await database.execute(...insert(projects, project));
  const task = taskly.newTasks({ name: 'Shoes', project_id: project.id, deadline_date: '2026-02-01', priority: 2 }, writer);
  await database.execute(...insert(tasks, task));
  await database.execute(...update(tasks, task.id, { completed: true, priority: null }, writer));
  const item = taskly.newTaskChecklistItems({ task_id: task.id, title: 'Size?' }, writer);
  await database.execute(...insert(taskChecklistItems, item));
  await database.execute(...update(taskChecklistItems, item.id, { sort_index: 3 }, writer));
  const gone = taskly.newTasks({ name: 'Gone' }, writer);
  await database.execute(...insert(tasks, gone));
  await database.execute(...remove(tasks, gone.id));
  await database.execute(...insert(myDayDays, taskly.newMyDayDays({ day_utc: '2026-01-31' }, writer)));
}

/** A repertoire, and an evening of practice. */
async function writeTunetrees(database: PowerSyncDatabase, writer: Writer, userId: string): Promise<void> {
  const { insert, remove, update } = ofTunetrees;
  const { instrument, tune, repertoire, repertoireTune, practiceRecord, userGroup, userGenreSelection, goal } = tunetrees;
  const fiddle = tunetrees.newInstrument({ private_to_user: userId, instrument: 'Fiddle' }, writer);
  await database.execute(...insert(instrument, fiddle));
  await database.execute(...update(instrument, fiddle.id, { description: 'Four strings' }, writer));
  const reel = tunetrees.newTune({ private_for: userId, title: 'The “Musical” Priest', genre: 'ITRAD' }, writer);
  await database.execute(...insert(tune, reel));
  await database.execute(...update(tune, reel.id, { mode: 'B minor', release_year: 1903 }, writer));
  const gone = tunetrees.newTune({ private_for: userId, title: 'Gone' }, writer);
  await database.execute(...insert(tune, gone));
  await database.execute(...remove(tune, gone.id));
  const mine = tunetrees.newRepertoire({ user_ref: userId, name: 'Mine', instrument_ref: fiddle.id, genre_default: 'ITRAD' }, writer);
  await database.execute(...insert(repertoire, mine));
  const of = { repertoire_ref: mine.repertoire_id, tune_ref: reel.id };
  await database.execute(...insert(repertoireTune, tunetrees.newRepertoireTune(of, writer)));
  const record = tunetrees.newPracticeRecord({ ...of, practiced: '2026-01-31T20:15:00.000000Z', quality: 3, stability: 2.5 }, writer);
  await database.execute(...insert(practiceRecord, record));
  await database.execute(...update(practiceRecord, record.id, { due: '2026-02-03T20:15:00.000000Z' }, writer));
  await database.execute(...insert(userGroup, tunetrees.newUserGroup({ owner_user_ref: userId, name: 'Session' }, writer)));
  await database.execute(...insert(userGenreSelection, tunetrees.newUserGenreSelection({ user_id: userId, genre_id: 'ITRAD' }, writer)));
  await database.execute(...insert(goal, tunetrees.newGoal({ private_for: userId, name: 'recall' }, writer)));
}

/** What a device writes of each app where a server answers. */
export const SERVED: Record<string, (database: PowerSyncDatabase, writer: Writer, userId: string) => Promise<void>> = {
  powergit: writePowergit,
  taskly: writeTaskly,
  tasks: writeTasks,
  tunetrees: writeTunetrees,
};
