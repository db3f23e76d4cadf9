// Each lab host takes both cores of a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
