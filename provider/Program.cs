// The component as a provider, so that stacks in other Pulumi languages can use it: pulumi package add ./provider.
// Source: Pulumi's .NET reference, Pulumi.Experimental.Provider.ComponentProviderHost.
#if PULUMI_OFFICIAL
await Pulumi.Experimental.Provider.ComponentProviderHost.Serve(args, typeof(PassthroughInfra.Provider.Host).Assembly, "passthrough-infra");
return 0;
#else
Console.Error.WriteLine("error: this is the embedded build; component providers are in the official Pulumi package: dotnet build -p:PulumiSdk=official");
return 1;
#endif
