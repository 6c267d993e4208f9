package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/photofinish/photofinish/shared/localcloud"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// Where the tests find a DynamoDB: an endpoint that is running ("aws" means real AWS with the account at hand, and
// nothing else does), or the program that imitates one, which the tests start themselves.
const endpointVariable = "PHOTOFINISH_DYNAMO_ENDPOINT"

// endpoint is started once for all tests, by the first that needs it.
var endpoint struct {
	once  sync.Once
	url   string // "" and no skip: real AWS
	skip  string
	err   error
	stop  func()
	table string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if endpoint.stop != nil {
		endpoint.stop()
	}
	os.Exit(code)
}

// table gives a client of the endpoint and a table that all tests share.
func table(t *testing.T, opts ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	endpoint.once.Do(func() { endpoint.err = findEndpoint(t.Logf) })
	if endpoint.skip != "" {
		t.Skip(endpoint.skip)
	}
	if endpoint.err != nil {
		t.Fatal(endpoint.err)
	}
	client, err := connect(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client, endpoint.table
}

func findEndpoint(logf func(string, ...any)) error {
	switch url := os.Getenv(endpointVariable); url {
	case "":
		program, err := localcloud.Find()
		if err != nil {
			return err
		}
		if program == "" {
			endpoint.skip = fmt.Sprintf("no DynamoDB to test against: set %s to an endpoint or %s to the ministack program",
				endpointVariable, localcloud.ProgramVariable)
			return nil
		}
		cloud, err := localcloud.Start(context.Background(), program, localcloud.Options{})
		if err != nil {
			return err
		}
		endpoint.url, endpoint.stop = cloud.URL, cloud.Stop
	case "aws":
	default:
		endpoint.url = url
	}
	client, err := connect()
	if err != nil {
		return err
	}
	endpoint.table = fmt.Sprintf("photofinish-storetest-%08x", rand.Uint32())
	logf("the endpoint is %q, the table %s", endpoint.url, endpoint.table)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := dynamo.CreateTable(ctx, client, endpoint.table); err != nil {
		return err
	}
	stopServer := endpoint.stop
	endpoint.stop = func() {
		_, _ = client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &endpoint.table})
		if stopServer != nil {
			stopServer()
		}
	}
	return nil
}

// connect makes a client that cannot reach real AWS unless that was named: the credentials are invented and the endpoint
// is given with each request, whatever the environment says.
func connect(opts ...func(*dynamodb.Options)) (*dynamodb.Client, error) {
	if endpoint.url == "" {
		if os.Getenv(endpointVariable) != "aws" {
			return nil, errors.New("refusing to talk to real AWS, which was not asked for")
		}
		cfg, err := config.LoadDefaultConfig(context.Background())
		return dynamo.NewClient(cfg, opts...), err
	}
	cfg := aws.Config{
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String(endpoint.url),
	}
	return dynamo.NewClient(cfg, opts...), nil
}
