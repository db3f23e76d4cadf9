import * as pulumi from "@pulumi/pulumi";

const config: pulumi.Config = new pulumi.Config();

export const step: number = config.requireNumber("step");
