import type { ConfigurationValues } from '../terminator.ts'

/** YARP on Kestrel, as a whole Program.cs. */
export function yarp(values: ConfigurationValues): string {
  const strip = [...values.ownHeaders, ...values.knownHeaders].map(
    (name) => `      context.AddRequestHeaderRemove("${name}");`,
  )
  return `// Program.cs; dotnet add package Yarp.ReverseProxy
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel =>
{
  kestrel.Limits.MaxRequestBodySize = 65536;
  kestrel.Listen(${values.listen.address === null ? 'IPAddress.IPv6Any' : `IPAddress.Parse("${values.listen.address}")`}, ${values.listen.port}, endpoint => endpoint.UseHttps(https =>
  {
    https.ServerCertificate = X509Certificate2.CreateFromPemFile("${values.files.certificate}", "${values.files.key}");
    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
    // Ask every client for a certificate and accept any: the Worker decides. Without the
    // second line .NET ends the handshake if it cannot verify the certificate itself.
    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
    https.AllowAnyClientCertificate();
    // A resumed session has the certificate of an earlier handshake.
    https.OnAuthenticate = (_, options) => options.AllowTlsResume = false;
  }));
});
builder.Services.AddReverseProxy()
  .LoadFromMemory(
    // Any other host has no route and gets 404.
    [new RouteConfig { RouteId = "certbound", ClusterId = "certbound",
      Match = new RouteMatch { Path = "{**all}", Hosts = ["${values.publicHost}"] } }],
    // .NET verifies the Worker's certificate, so that only the Worker gets the secrets.
    [new ClusterConfig { ClusterId = "certbound", Destinations = new Dictionary<string, DestinationConfig>
      { ["worker"] = new() { Address = "https://${values.upstream.host}:${values.upstream.port}/" } } }])
  .AddTransforms(context =>
  {
${strip.join('\n')}
      // Always removes the header, and sets it if there is a certificate.
      context.AddClientCertHeader("${values.header}");
      context.AddRequestHeader("${values.credential.header}", "${values.credentialValue}", append: false);
      context.AddOriginalHost(false);
  });

var app = builder.Build();
app.MapReverseProxy();
app.Run();
`
}
