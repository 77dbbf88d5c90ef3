import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEnvironments } from './chooseEnvironments.ts';

test("a process gets the mesh's settings and what its manifest asks for, and nothing of what its starter has beside", () => {
  const services = [
    {
      name: 'one',
      environment: ['ONE_KEY', 'UNSET'],
      development: { ONE_KEY: 'own', UNSET: 'own' },
    },
    { name: 'two', environment: [], development: {} },
  ];
  const has = {
    AWS_SECRET_ACCESS_KEY: 's3cret',
    NODE_OPTIONS: '--inspect',
    ONE_KEY: 'k',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=x',
    WEFT_LOG_LEVEL: 'debug',
    WEFT_CORS_ORIGINS: 'https://page',
    WEFT_PORT: '9000',
    WEFT_LOGIN_KEY: '/key',
  };
  const level = { WEFT_LOG_LEVEL: 'debug' };
  const telemetry = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=x' };
  assert.deepEqual(chooseEnvironments(services, has), {
    control: { ...level, WEFT_CORS_ORIGINS: 'https://page' },
    gateway: { ...level, ...telemetry },
    one: { ...level, ...telemetry, ONE_KEY: 'k', UNSET: 'own' },
    two: { ...level, ...telemetry },
  });
});
