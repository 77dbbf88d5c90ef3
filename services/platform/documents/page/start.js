// Loaded by index.html behind Swagger UI's own script.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#interface',
  deepLinking: true,
  docExpansion: 'list',
  // Nothing leaves this machine: no badge of an outside validator.
  validatorUrl: null,
});
