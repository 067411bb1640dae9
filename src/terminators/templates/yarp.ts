import { knownCertificateHeaders, ownHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings } from '../settings.ts'
import type { ProxyTemplate } from '../template.ts'

/** YARP on Kestrel, as a whole Program.cs. */
export const yarp: ProxyTemplate = {
  name: 'yarp',
  title: 'YARP 2 on Kestrel',
  source: 'yarp',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  verified: 'not verified here',
  namesHeader: true,
  comment: ['//', ''],
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, files, header, credential, listen } = settings
  const strip = [...ownHeaders(settings), ...knownCertificateHeaders].map(
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
  kestrel.Listen(${listen.address === null ? 'IPAddress.IPv6Any' : `IPAddress.Parse("${listen.address}")`}, ${listen.port}, endpoint => endpoint.UseHttps(https =>
  {
    https.ServerCertificate = X509Certificate2.CreateFromPemFile("${files.certificate}", "${files.key}");
    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
    // Every partner is asked for a certificate and any is let in: the Worker decides. Without the
    // second line .NET ends the handshake of all that it cannot verify itself.
    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
    https.AllowAnyClientCertificate();
    // A resumed session brings the certificate of an earlier handshake.
    https.OnAuthenticate = (_, options) => options.AllowTlsResume = false;
  }));
});
builder.Services.AddReverseProxy()
  .LoadFromMemory(
    // No other host has a route: it gets 404.
    [new RouteConfig { RouteId = "certbound", ClusterId = "certbound",
      Match = new RouteMatch { Path = "{**all}", Hosts = ["${publicHost}"] } }],
    // .NET verifies the Worker's certificate: credential and certificate go to nobody else.
    [new ClusterConfig { ClusterId = "certbound", Destinations = new Dictionary<string, DestinationConfig>
      { ["worker"] = new() { Address = "https://${upstream.host}:${upstream.port}/" } } }])
  .AddTransforms(context =>
  {
${strip.join('\n')}
      // Removes the header in any case, and sets it where there is a certificate.
      context.AddClientCertHeader("${header}");
      context.AddRequestHeader("${credential.header}", "${credentialValue(credential)}", append: false);
      context.AddOriginalHost(false);
  });

var app = builder.Build();
app.MapReverseProxy();
app.Run();
`
}
