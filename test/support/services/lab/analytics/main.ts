import '../../../edgeEcho.ts';
