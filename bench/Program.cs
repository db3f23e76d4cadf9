using PassthroughInfra.Bench;

// Measures what README.md beside this says; exit code 1 where a figure is not what it has to be.
var which = args is [var name, ..] ? name : "";
return which switch
{
    "resources" => await ResourcesBench.RunAsync() ? 0 : 1,
    "preview" => await PreviewBench.RunAsync(args is [_, var target] ? target : "lab") ? 0 : 1,
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: bench resources | bench preview [LAB | loopback]   (see bench/README.md)");
    return 2;
}
