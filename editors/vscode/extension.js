// Starts `codegen lsp`, and passes it the YAML files that are open.

const { commands, workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

/** @type {LanguageClient | undefined} */
let client;

async function start() {
  const [command, ...args] = workspace.getConfiguration('synctable').get('command');
  const options = { cwd: workspace.workspaceFolders?.[0]?.uri.fsPath };
  client = new LanguageClient(
    'synctable',
    'synctable',
    { command, args, options },
    {
      documentSelector: [{ scheme: 'file', language: 'yaml' }],
      synchronize: { fileEvents: workspace.createFileSystemWatcher('**/*.{yaml,yml}') },
    },
  );
  await client.start();
}

async function stop() {
  await client?.stop();
  client = undefined;
}

exports.activate = async (context) => {
  context.subscriptions.push(
    commands.registerCommand('synctable.restart', async () => {
      await stop();
      await start();
    }),
  );
  await start();
};

exports.deactivate = stop;
