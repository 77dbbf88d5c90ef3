import { weftEdge } from '../weftEdge.ts';

export const peer = weftEdge(300);
