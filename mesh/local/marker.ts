/**
 * The environment variable that every process of a mesh inherits from its supervisor, and no other process has: by it
 * they are found, also when the supervisor is gone. Its value is the mesh's state folder.
 */
export const marker = 'WEFT_SUPERVISED';
