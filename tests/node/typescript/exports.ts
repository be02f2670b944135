// Everything that programs import, in one module.

export * from '../../../schema/generated/typescript/index.js';
export * from '../../../schema/generated/typescript/runtime/index.js';
