import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeExpositions } from './mergeExpositions.ts';

test('what several processes tell is one text, each metric described once and in one piece', () => {
  const merged = mergeExpositions([
    '# HELP a calls\n# TYPE a counter\na 1\n# TYPE b gauge\nb 2\n',
    '# HELP a calls\n# TYPE a counter\na{worker="1"} 3\n# TYPE c gauge\nc{worker="1"} 4\n',
    '',
    '# TYPE c gauge\nc{worker="2"} 5\n# HELP a calls\n# TYPE a counter\na{worker="2"} 6\n',
  ]);
  assert.equal(
    merged,
    [
      '# HELP a calls',
      '# TYPE a counter',
      'a 1',
      'a{worker="1"} 3',
      'a{worker="2"} 6',
      '# TYPE b gauge',
      'b 2',
      '# TYPE c gauge',
      'c{worker="1"} 4',
      'c{worker="2"} 5',
      '',
    ].join('\n'),
  );
});
